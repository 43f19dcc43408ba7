import { platform } from "#platform";
import { HEADER_BYTES } from "../offsets/idv1.ts";
import { read, type StepPlan } from "../plan/step.ts";
import type { ByteSource } from "../source/byte-source.ts";
import { TAIL_OFFSETS } from "./seal.ts";

/** CRC-32 of the last offsets before `records`, as a slot holds it. */
export function* indexTailCrc(index: ByteSource, records: number): StepPlan<number> {
  const from = Math.max(0, records - TAIL_OFFSETS);
  return platform.crc32(yield* read(index, HEADER_BYTES + from * 8, HEADER_BYTES + records * 8));
}
