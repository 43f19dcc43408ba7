import type { Kind } from "../formats/kinds.ts";
import type { Verdicts } from "../harness/verdicts.ts";
import { ArrayRecordOriginal } from "./array-record.ts";
import { Megstore } from "./megstore.ts";

/** The Python originals that can be had here. */
export class Originals {
  readonly megstore: Megstore | undefined;
  readonly #arrayRecord: ArrayRecordOriginal | undefined;

  /** Starts them, and says which read along and which do not. */
  constructor() {
    this.megstore = told("megstore", Megstore.start());
    this.#arrayRecord = told("array-record", ArrayRecordOriginal.start());
  }

  /** The original of a format must read what we read. */
  async check(kind: Kind, path: string, verdicts: Verdicts, what: string): Promise<void> {
    await this.megstore?.check(kind, path, verdicts, what);
    await this.#arrayRecord?.check(kind, path, verdicts, what);
  }

  close(): void {
    this.megstore?.close();
    this.#arrayRecord?.close();
  }
}

function told<T extends { readonly version: string }>(
  name: string,
  original: T | string,
): T | undefined {
  if (typeof original === "string") {
    console.log(`left out: ${name}, because ${original}`);
    return undefined;
  }
  console.log(`${name} ${original.version} reads along`);
  return original;
}
