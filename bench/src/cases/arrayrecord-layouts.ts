import type { Context, Goal, Variant } from "../harness/case.ts";
import { ARRAY_RECORD, type RivalJob } from "../harness/rival.ts";

// The original's own benchmark: 65,536 records of 200 words.
const RECORDS = 65_536;

/** One way to write a file. */
export interface Layout {
  readonly codec: "zstd" | "brotli" | "snappy" | "none";
  readonly group: 1 | 256;
}

/** Every layout that is measured. */
export const LAYOUTS: readonly Layout[] = (["zstd", "brotli", "snappy", "none"] as const).flatMap(
  (codec) => [
    { codec, group: 1 },
    { codec, group: 256 },
  ],
);

/** A layout in the original's words. */
export function optionsOf({ codec, group }: Layout): string {
  return `group_size:${group},${codec === "none" ? "uncompressed" : codec}`;
}

/** Name and title of a case. */
export function named(
  layout: Layout,
  verb: string,
  words: string,
): { name: string; title: string } {
  const { codec, group } = layout;
  return {
    name: `arrayrecord-${verb}-${codec}-${group}`,
    title: `ArrayRecord, ${codec}, groups of ${group}: ${words}`,
  };
}

/** Records of a file. */
export function countOf({ records }: Context): number {
  return Math.round((RECORDS * Math.min(records, 1e6)) / 1e6);
}

/** The rival's variant, and what ends it. */
export function theirs(
  context: Context,
  count: number,
  job: RivalJob,
): { readonly variants: Variant[]; close(): void } {
  const rival = context.find(ARRAY_RECORD);
  if (rival === undefined) return { variants: [], close() {} };
  const round = async (): Promise<number> => ((await rival.seconds(job)) * 1e9) / count;
  return {
    variants: [{ name: ARRAY_RECORD.name, role: "rival", round }],
    close: () => rival.close(),
  };
}

/** Goals beside the rival. */
export function beside(variants: readonly string[], atLeast: number): Goal[] {
  return variants.map((variant) => ({ variant, against: ARRAY_RECORD.name, atLeast }));
}
