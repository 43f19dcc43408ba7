/** What several rounds of one variant came to. */
export interface Summary {
  readonly median: number;
  readonly lower: number;
  readonly upper: number;
}

/** Median and quartiles of `values`, of which there is at least one. */
export function summarize(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    median: quantile(sorted, 0.5),
    lower: quantile(sorted, 0.25),
    upper: quantile(sorted, 0.75),
  };
}

/** How many times as fast `ours` is as `other`: median and quartiles of the rounds, which were measured side by side. */
export function speedOf(ours: readonly number[], other: readonly number[]): Summary {
  return summarize(ours.map((cost, round) => (other[round] as number) / cost));
}

/** The value below which the share `at` of the sorted values lies, between two of them by proportion. */
export function quantile(sorted: readonly number[], at: number): number {
  const position = (sorted.length - 1) * at;
  const below = Math.floor(position);
  const low = sorted[below] as number;
  const high = sorted[Math.ceil(position)] as number;
  return low + (high - low) * (position - below);
}
