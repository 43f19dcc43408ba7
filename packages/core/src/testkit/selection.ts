import { MemoryStore } from "../index.ts";
import { check } from "./check.ts";
import type { FormatUnderTest } from "./types.ts";

/** Bytes that one value may add to a file to count as small. */
const SMALL = 300;
/** Small values, and the bytes they may take together: the laws that try every byte and every bit use these. */
const FEW = 8;
const TOGETHER = 1200;

/** Chooses the values that keep a file at a kilobyte or so, in the format's order. */
export async function selectSmall<T>(format: FormatUnderTest<T>): Promise<readonly T[]> {
  check(format.values.length >= 3, "`values` needs at least three values, not all of one size");
  const empty = await sizeOf(format, []);
  const costs: { readonly value: T; readonly at: number; readonly cost: number }[] = [];
  for (const [at, value] of format.values.entries()) {
    costs.push({ value, at, cost: (await sizeOf(format, [value])) - empty });
  }
  const cheapest = [...costs].sort((a, b) => a.cost - b.cost);
  const small = cheapest.filter(({ cost }) => cost <= SMALL);
  const chosen: typeof costs = [];
  let total = 0;
  for (const candidate of small.length >= 2 ? spread(small) : cheapest.slice(0, 3)) {
    if (small.length >= 2 && chosen.length >= 2 && total + candidate.cost > TOGETHER) continue;
    chosen.push(candidate);
    total += candidate.cost;
  }
  return chosen.sort((a, b) => a.at - b.at).map(({ value }) => value);
}

/** At most {@link FEW} of the candidates, from the smallest to the largest. */
function spread<C>(candidates: readonly C[]): readonly C[] {
  if (candidates.length <= FEW) return candidates;
  return Array.from(
    { length: FEW },
    (_, i) => candidates[Math.round((i * (candidates.length - 1)) / (FEW - 1))] as C,
  );
}

async function sizeOf<T>(format: FormatUnderTest<T>, values: readonly T[]): Promise<number> {
  const entry = { store: new MemoryStore(), name: "size" };
  const writer = await format.Writer.open(entry, format.writerOptions);
  try {
    for (const value of values) await writer.append(value);
  } finally {
    await writer.close();
  }
  const source = (format.view?.(entry.store) ?? entry.store).openSync(entry.name);
  try {
    return source.size;
  } finally {
    source.closeSync();
  }
}
