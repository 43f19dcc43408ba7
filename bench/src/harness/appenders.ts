import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { AppendLoopResult } from "../programs/append-loop.ts";

const program = join(import.meta.dirname, "..", "programs", "append-loop.js");

/** Processes that append to one file at the same time. */
export class Appenders {
  readonly #children: readonly ChildProcess[];

  private constructor(children: readonly ChildProcess[]) {
    this.#children = children;
  }

  /** Starts them, and waits until all have opened the file. */
  static async start(
    count: number,
    path: string,
    records: number,
    pauseMs = 0,
  ): Promise<Appenders> {
    const children = Array.from({ length: count }, () =>
      fork(program, [path, String(records), String(pauseMs)], { execArgv: [] }),
    );
    await Promise.all(children.map((child) => once(child, "message")));
    return new Appenders(children);
  }

  /** Has them append, to the end. Answers the longest wait of any of them, ms. */
  async run(): Promise<number> {
    const results = this.#children.map(async (child) => {
      child.send("go");
      const [result] = (await once(child, "message")) as [AppendLoopResult];
      return result.longestWait;
    });
    const waits = await Promise.all(results);
    return Math.max(...waits);
  }
}
