import type { Variant } from "./case.ts";

/** Costs of each variant, by its name, round by round. */
export type Costs = Readonly<Record<string, readonly number[]>>;

/**
 * Measures variants side by side: each round runs every one of them, and each round begins with another one, so that
 * a machine that slows down slows them all. One round more goes before, and does not count.
 */
export async function measure(variants: readonly Variant[], rounds: number): Promise<Costs> {
  const costs: Record<string, number[]> = {};
  for (const { name } of variants) costs[name] = [];
  for (let round = -1; round < rounds; round++) {
    for (const { name, round: run } of rotated(variants, Math.max(0, round))) {
      const cost = await run();
      if (round >= 0) costs[name]?.push(cost);
    }
  }
  return costs;
}

/** `items` from number `by` on, and around. */
export function rotated<T>(items: readonly T[], by: number): readonly T[] {
  const first = by % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
}
