import type { Variant } from "./case.ts";

/** Costs of each variant, by its name, round by round. */
export type Costs = Readonly<Record<string, readonly number[]>>;

/** Rounds that count, whatever time they take. */
const LEAST_ROUNDS = 3;

/**
 * Measures variants side by side: each round runs every one of them, and each round begins with another one, so that
 * a machine that slows down slows them all. One round more goes before, and does not count. After `seconds` no further
 * round begins, but there are three unless fewer were asked for.
 */
export async function measure(
  variants: readonly Variant[],
  rounds: number,
  seconds = Infinity,
): Promise<Costs> {
  const costs: Record<string, number[]> = {};
  for (const { name } of variants) costs[name] = [];
  const end = performance.now() + seconds * 1000;
  for (let round = -1; round < rounds; round++) {
    if (round >= LEAST_ROUNDS && performance.now() > end) break;
    for (const { name, round: run } of rotated(variants, Math.max(0, round))) {
      const cost = await run();
      if (round >= 0) costs[name]?.push(cost);
    }
  }
  return costs;
}

/** A single round, with none before it. */
export async function measureOnce(variants: readonly Variant[]): Promise<Costs> {
  const costs: Record<string, readonly number[]> = {};
  for (const { name, round } of variants) costs[name] = [await round()];
  return costs;
}

/** `items` from number `by` on, and around. */
export function rotated<T>(items: readonly T[], by: number): readonly T[] {
  const first = by % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
}
