import type { Rig } from "./rig.ts";
import type { Lack } from "./types.ts";

/** One law, for any format. */
export interface LawCase {
  readonly name: string;
  /** The case is left out for a format that lacks one of these. */
  readonly needs?: readonly Lack[] | undefined;
  /** Whether the case works on files of its own in memory, and so need not run at other places too. */
  readonly anywhere?: boolean | undefined;
  run<T>(rig: Rig<T>): Promise<void>;
}
