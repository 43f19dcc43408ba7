import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { RecoveryReport } from "@nthrec/core";
import { TensorBlob } from "@nthrec/tensorblob";
import { type AnyWriter, type Kind, type KindName, kindOf } from "../formats/kinds.ts";
import { foreignName } from "../formats/payload.ts";
import { Child, pause, resultOf } from "../harness/children.ts";
import type { Random } from "../harness/random.ts";
import type { Context } from "../harness/scenario.ts";
import { countAcks, readAcks } from "../judge/acks.ts";
import { checkTidy, judge } from "../judge/audit.ts";
import { leftoversIn } from "../judge/leftovers.ts";
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

/** Another program that appends to the file, or reads it in its own ways. */
export interface Stranger {
  /** Ends it. @throws {@link Error} when it failed */
  stop(): Promise<StrangerResult>;
}

export interface StrangerResult {
  /** Names of the records that it appended. */
  readonly appended: readonly string[];
  /** Numbers for the report. */
  readonly counts?: Readonly<Record<string, number>>;
}

/** How a file is put under fire. */
export interface SiegePlan {
  readonly kind: KindName;
  readonly writers: number;
  /** Starts a life of a writer. */
  readonly start: (task: LoadTask) => Life;
  /** Longest payload. */
  readonly most: number;
  /** Milliseconds between two kills, least and most; without them nobody is killed. */
  readonly pauses?: readonly [number, number];
  /** Programs of others beside. */
  readonly strangers?: (path: string) => readonly Stranger[];
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
  /** Names of what strangers appended. */
  readonly #foreign: string[] = [];
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
    const { kind, writers, strangers } = this.#plan;
    this.#append("first");
    const seed = this.#random.below(2 ** 31);
    const reader = Child.start("reader", {
      kind,
      path: this.#path,
      seed,
      foreign: strangers !== undefined,
    });
    const follower = Child.start("follower", { kind, path: this.#path });
    for (let slot = 0; slot < writers; slot++) this.#lives[slot] = this.#start(slot);
    const others = strangers?.(this.#path) ?? [];
    await this.#rage(over);
    await this.#finish();
    for (const other of others) await this.#stop(other);
    const length = this.#append("last");
    reader.tell("stop");
    follower.tell(String(length));
    this.#report(await reader.ended, await follower.ended);
    await this.#judge();
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
      await pause(pauses === undefined ? 50 : this.#random.between(...pauses));
      if (pauses === undefined) continue;
      const slot = this.#random.below(writers);
      await this.#lives[slot]?.kill();
      this.#context.verdicts.count("kills");
      this.#lives[slot] = this.#start(slot);
    }
  }

  async #stop(stranger: Stranger): Promise<void> {
    const { appended, counts = {} } = await stranger.stop();
    for (const name of appended) this.#foreign.push(name);
    for (const [what, count] of Object.entries(counts)) this.#context.verdicts.count(what, count);
  }

  /** Where some are killed, half of the writers die now; the others may finish. */
  async #finish(): Promise<void> {
    const finishing = this.#lives.map(async (life, slot) => {
      if (slot % 2 === 0 && this.#plan.pauses !== undefined) return life.kill();
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

  async #judge(): Promise<void> {
    const { verdicts, originals } = this.#context;
    const acks = readAcks(this.#acks);
    const names = new Set<string>();
    const isForeign = (record: unknown): boolean => {
      const name = foreignName(record);
      if (name !== undefined) names.add(name);
      return name !== undefined;
    };
    const strange = this.#plan.strangers === undefined ? undefined : isForeign;
    const found = judge(this.#kind, this.#path, acks, verdicts, this.#what, strange);
    verdicts.count("foreign records", found.foreign);
    const missing = this.#foreign.filter((name) => !names.has(name));
    const lost = `${this.#what}: of ${this.#foreign.length} foreign records are missing ${missing.slice(0, 5)}`;
    verdicts.check(missing.length === 0, lost);
    const whole = found.foreign === names.size && names.size === this.#foreign.length;
    const doubled = `${this.#what}: ${found.foreign} foreign records of ${this.#foreign.length}`;
    verdicts.check(whole, doubled);
    for (const trouble of ["lost", "torn", "doubled", "disordered"] as const) {
      verdicts.count(trouble, found[trouble]);
    }
    verdicts.count("acknowledged", countAcks(acks));
    verdicts.count("MB", Math.round(statSync(this.#path).size / 1e6));
    checkTidy(this.#kind, this.#path, verdicts, this.#what);
    if (this.#kind.folder) {
      TensorBlob.sweepSync(this.#path);
      const left = leftoversIn(this.#path);
      verdicts.check(left.length === 0, `${this.#what}: not collected: ${left.join(", ")}`);
    }
    await originals.check(this.#kind, this.#path, verdicts, this.#what);
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
        report.adopted === 0 || this.#plan.strangers !== undefined,
        `${this.#what}: a recovery found strange records: ${line}`,
      );
    }
  }
}
