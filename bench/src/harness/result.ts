import type { BenchCase, Goal, Prepared, Role, Unit } from "./case.ts";
import type { Costs } from "./rounds.ts";
import { type Summary, speedOf, summarize } from "./stats.ts";

/** What a variant came to. */
export interface VariantResult {
  readonly name: string;
  readonly role: Role;
  readonly cost: Summary;
  /** Costs round by round. */
  readonly rounds: readonly number[];
}

/** What came of a goal. */
export interface GoalResult {
  readonly goal: Goal;
  /** The speed beside the other variant, or the cost. */
  readonly reached: Summary;
  readonly met: boolean;
}

/** What a case came to. */
export interface CaseResult {
  readonly name: string;
  readonly title: string;
  readonly unit: Unit;
  /** Bytes of a record, where they say more than records do. */
  readonly bytes?: number;
  readonly variants: readonly VariantResult[];
  /** Goals whose variants were measured. */
  readonly goals: readonly GoalResult[];
  /** What else was seen. */
  readonly notes: readonly string[];
  /** Versions of the rivals that took part. */
  readonly rivals?: Readonly<Record<string, string>>;
}

/** Sums the rounds of a case up. */
export function resultOf(
  { name, title, unit }: BenchCase,
  { variants, goals, notes, bytes }: Prepared,
  costs: Costs,
): CaseResult {
  const roundsOf = (variant: string): readonly number[] => costs[variant] ?? [];
  return {
    name,
    title,
    unit,
    ...(bytes === undefined ? {} : { bytes }),
    notes: notes?.() ?? [],
    variants: variants.map((variant) => {
      const rounds = roundsOf(variant.name);
      return { name: variant.name, role: variant.role, cost: summarize(rounds), rounds };
    }),
    goals: goals
      .filter((goal) => !("against" in goal) || roundsOf(goal.against).length > 0)
      .map((goal) => {
        const ours = roundsOf(goal.variant);
        if (!("against" in goal)) {
          const reached = summarize(ours);
          return { goal, reached, met: reached.median <= goal.atMost };
        }
        const reached = speedOf(ours, roundsOf(goal.against));
        return { goal, reached, met: reached.median >= goal.atLeast };
      }),
  };
}
