import { NthrecError } from "../errors.ts";
import type { KeyableReader, KeyedOptions } from "./keyed-options.ts";
import type { KeyHeader } from "./layout.ts";
import { missingKey } from "./record-feed.ts";

/** Throws what the caller's policies make of what an index counted. */
export function checkPolicies<T>(
  reader: KeyableReader<T>,
  options: KeyedOptions<T>,
  header: KeyHeader,
): void {
  const { name, length } = reader;
  const { duplicates = "error", missing = "error", damaged = "error" } = options;
  if (missing === "error" && isBefore(header.firstMissing, length)) {
    throw missingKey(name, header.firstMissing);
  }
  if (damaged === "error" && isBefore(header.firstDamaged, length)) {
    const index = header.firstDamaged;
    const message = `record ${index} of ${name} could not be read when its keys were indexed; damaged: "skip" leaves such records out`;
    throw new NthrecError("NTH_CORRUPTION", message, { source: name, index });
  }
  if (duplicates === "error" && isBefore(header.firstDuplicate, length)) {
    const index = header.firstDuplicate;
    const message = `record ${index} of ${name} has a key that record ${header.duplicateOf} has: say with duplicates which of them it finds`;
    throw new NthrecError("NTH_KEY_DUPLICATE", message, { source: name, index });
  }
}

function isBefore(record: number, length: number): boolean {
  return record >= 0 && record < length;
}
