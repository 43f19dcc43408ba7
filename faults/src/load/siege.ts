import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { RecoveryReport } from "@nthrec/core";
import { type AnyWriter, type Kind, type KindName, kindOf } from "../formats/kinds.ts";
import { Child, pause, resultOf } from "../harness/children.ts";
import type { Random } from "../harness/random.ts";
import type { Context } from "../harness/scenario.ts";
import { countAcks, readAcks } from "../judge/acks.ts";
import { checkTidy, judge } from "../judge/audit.ts";
import type { FollowResult } from "../programs/follower.ts";
import type { ReadResult } from "../programs/reader.ts";
import type { LoadTask } from "./append-loop.ts";

/** A writer that can be ended at any moment: a process or a thread. */
export interface Life {
  /** Ends it without a word; resolves when it is over. */
  kill(): Promise<void>;
  /** Asks it to finish; resolves when it has. @throws {@link Error} when it failed */
  finish(): Promise<void>;
}

/** How a file is put under fire. */
export interface SiegePlan {
  readonly kind: KindName;
  readonly writers: number;
  /** Starts a life of a writer. */
  readonly start: (task: LoadTask) => Life;
  /** Longest payload. */
  readonly most: number;
  /** Milliseconds between two kills, least and most. */
  readonly pauses: readonly [number, number];
  readonly options?: LoadTask["options"];
}

/** A round ends when the file has grown to this size: it has to be read several times afterwards. */
const ROUND_BYTES = 192 * 1024 * 1024;

/** One file, writers that are killed and come back, a reader and a follower. */
export class Siege {
  readonly #context: Context;
  readonly #plan: SiegePlan;
  readonly #kind: Kind;
  readonly #random: Random;
  readonly #path: string;
  readonly #acks: string;
  readonly #recoveries: string;
  readonly #lives: Life[] = [];
  #born = 0;

  constructor(context: Context, plan: SiegePlan) {
    this.#context = context;
    this.#plan = plan;
    this.#kind = kindOf(plan.kind);
    this.#random = context.random.fork();
    const folder = context.folder();
    this.#path = join(folder, "data", "data");
    this.#acks = join(folder, "acks");
    this.#recoveries = join(folder, "recoveries");
    mkdirSync(join(folder, "data"));
    mkdirSync(this.#acks);
  }

  /** Rages until `over` says so, at most until the file is large; then everything is looked at. */
  async run(over: () => boolean): Promise<void> {
    const { kind, writers } = this.#plan;
    this.#append("first");
    const seed = this.#random.below(2 ** 31);
    const reader = Child.start("reader", { kind, path: this.#path, seed });
    const follower = Child.start("follower", { kind, path: this.#path });
    for (let slot = 0; slot < writers; slot++) this.#lives[slot] = this.#start(slot);
    await this.#rage(over);
    await this.#finish();
    const length = this.#append("last");
    reader.tell("stop");
    follower.tell(String(length));
    this.#report(await reader.ended, await follower.ended);
    this.#judge();
  }

  #start(slot: number): Life {
    const { kind, most, options, start } = this.#plan;
    const writer = `${slot}.${this.#born++}`;
    const seed = this.#random.below(2 ** 31);
    const [path, acks, recoveries] = [this.#path, this.#acks, this.#recoveries];
    return start({ kind, path, writer, seed, acks, recoveries, most, options });
  }

  async #rage(over: () => boolean): Promise<void> {
    const { writers, pauses } = this.#plan;
    while (!over() && statSync(this.#path).size < ROUND_BYTES) {
      await pause(this.#random.between(...pauses));
      const slot = this.#random.below(writers);
      await this.#lives[slot]?.kill();
      this.#context.verdicts.count("kills");
      this.#lives[slot] = this.#start(slot);
    }
  }

  /** Half of the writers die, the others may finish. */
  async #finish(): Promise<void> {
    const finishing = this.#lives.map(async (life, slot) => {
      if (slot % 2 === 0) return life.kill();
      try {
        await life.finish();
      } catch (error) {
        this.#context.verdicts.fail(`${this.#what}: a writer failed: ${(error as Error).message}`);
      }
    });
    await Promise.all(finishing);
  }

  /** A record of this very process; answers how many there are then. */
  #append(writer: string): number {
    const to = this.#kind.Writer.openSync(this.#path, { mode: "append" }) as unknown as AnyWriter;
    try {
      return to.appendSync(this.#kind.record({ writer, number: 0, size: 7 })) + 1;
    } finally {
      to.closeSync();
    }
  }

  get #what(): string {
    return `${this.#plan.writers} writers of ${this.#path}`;
  }

  #report(reader: Awaited<Child["ended"]>, follower: Awaited<Child["ended"]>): void {
    const { verdicts } = this.#context;
    const read = resultOf<ReadResult>(reader);
    verdicts.count("snapshots", read.snapshots);
    verdicts.count("reader errors", read.errors);
    verdicts.check(read.errors === 0, `${this.#what}: a reader: ${read.examples.join("; ")}`);
    verdicts.check(read.reads > 0, `${this.#what}: the reader read nothing`);
    const followed = resultOf<FollowResult>(follower);
    verdicts.count("followed", followed.delivered);
    verdicts.check(followed.errors.length === 0, `${this.#what}: a follower: ${followed.errors}`);
    const sentence = `${this.#what}: ${followed.wrong} records followed wrongly of ${followed.delivered}`;
    verdicts.check(followed.wrong === 0, sentence);
  }

  #judge(): void {
    const { verdicts } = this.#context;
    const acks = readAcks(this.#acks);
    const found = judge(this.#kind, this.#path, acks, verdicts, this.#what);
    for (const trouble of ["lost", "torn", "doubled", "disordered"] as const) {
      verdicts.count(trouble, found[trouble]);
    }
    verdicts.count("acknowledged", countAcks(acks));
    verdicts.count("MB", Math.round(statSync(this.#path).size / 1e6));
    checkTidy(this.#path, verdicts, this.#what);
    this.#countRecoveries();
  }

  #countRecoveries(): void {
    const { verdicts } = this.#context;
    if (!existsSync(this.#recoveries)) return;
    // A kill may have cut a line.
    const lines = readFileSync(this.#recoveries, "utf8")
      .split("\n")
      .filter((line) => line.endsWith("}"));
    for (const line of lines) {
      const report = JSON.parse(line) as RecoveryReport;
      verdicts.count("recoveries");
      verdicts.count("records rolled forward", report.rolledForward);
      verdicts.count("bytes rolled back", report.rolledBack);
      verdicts.check(report.lost === 0, `${this.#what}: a recovery found bytes lost: ${line}`);
      verdicts.check(
        report.adopted === 0,
        `${this.#what}: a recovery found strange records: ${line}`,
      );
    }
  }
}
