import type { Rival, RivalKind } from "./rival.ts";

/** What one round of a variant costs: the lower, the better. */
export type Unit = "ns/record" | "ms" | "B/record" | "MB" | "KB";

/** Who does the job: the least that the job can cost, the program we compare with, or us. */
export type Role = "floor" | "rival" | "ours";

/** One way to do the job of a case. */
export interface Variant {
  readonly name: string;
  readonly role: Role;
  /** Does the job once and answers its cost in the case's unit. */
  round(): number | Promise<number>;
}

/** What must come out: a speed relative to another variant, or a bound on the cost itself. */
export type Goal =
  | { readonly variant: string; readonly against: string; readonly atLeast: number }
  | { readonly variant: string; readonly atMost: number };

/** What the variants of a case share, ready to be measured. */
export interface Prepared {
  readonly variants: readonly Variant[];
  readonly goals: readonly Goal[];
  /** Bytes of a record, where they say more than records do. */
  readonly bytes?: number;
  /** What else was seen while the rounds ran. */
  notes?(): readonly string[];
  close(): void | Promise<void>;
}

/** What a case is given. */
export interface Context {
  /** Records of the main file. */
  readonly records: number;
  /** Where files that one case makes for itself may lie; emptied after the case. */
  readonly scratch: string;
  /** Where generated files are kept between runs. */
  readonly cache: string;
  /** megstore, unless it cannot be had. */
  readonly rival: Rival | undefined;
  /** Finds another rival, unless it cannot be had, or nobody wants any. */
  find(kind: RivalKind): Rival | undefined;
}

/** One job, done by several variants. */
export interface BenchCase {
  readonly name: string;
  readonly title: string;
  readonly unit: Unit;
  /** Whether it takes so long that one round does, with none before it. */
  readonly once?: boolean;
  prepare(context: Context): Promise<Prepared>;
}
