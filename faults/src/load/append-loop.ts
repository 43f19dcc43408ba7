import { appendFileSync } from "node:fs";
import type { RecoveryReport, WriterOptions } from "@nthrec/core";
import { type AnyWriter, type Kind, type KindName, kindOf } from "../formats/kinds.ts";
import { Random } from "../harness/random.ts";
import { AckLog, UNTOLD } from "../judge/acks.ts";

/** What a writer under fire is told. */
export interface LoadTask {
  readonly kind: KindName;
  readonly path: string;
  /** Name of this life of the writer; its next life has another. */
  readonly writer: string;
  readonly seed: number;
  /** Folder of the acknowledgements. */
  readonly acks: string;
  /** File of the recoveries that were reported. */
  readonly recoveries: string;
  /** Longest payload. */
  readonly most: number;
  readonly options?: WriterOptions | undefined;
}

/** Bytes of one batch at most, so that no batch of large records lasts for seconds. */
const BATCH_BYTES = 4 * 1024 * 1024;

/** Appends in every way that there is, and writes down what it was told, until it is stopped, or killed. */
export class AppendLoop {
  readonly #task: LoadTask;
  readonly #kind: Kind;
  readonly #random: Random;
  readonly #log: AckLog;
  #number = 0;
  stopped = false;

  constructor(task: LoadTask) {
    this.#task = task;
    this.#kind = kindOf(task.kind);
    this.#random = new Random(task.seed);
    this.#log = new AckLog(task.acks, task.writer);
  }

  async run(): Promise<void> {
    const { path, options, recoveries } = this.#task;
    const onRecovery = (report: RecoveryReport): void =>
      appendFileSync(recoveries, `${JSON.stringify(report)}\n`);
    const all: WriterOptions = { lockTimeoutMs: 120_000, ...options, mode: "append", onRecovery };
    const writer = (await this.#kind.Writer.open(path, all)) as unknown as AnyWriter;
    while (!this.stopped) await this.#turn(writer);
    await writer.close();
  }

  /** One way to append, and often enough a look at the event loop, so that a word from outside is heard. */
  async #turn(writer: AnyWriter): Promise<void> {
    const way = this.#random.next();
    if (way < 0.3) await this.#one(writer);
    else if (way < 0.6) await this.#crowd(writer);
    else if (way < 0.8) await this.#batch(writer);
    else this.#now(writer);
    if (this.#random.next() < 0.2) await new Promise((resolve) => setImmediate(resolve));
  }

  async #one(writer: AnyWriter): Promise<void> {
    const [first, [record]] = this.#records(1);
    this.#log.add(first, await writer.append(record));
  }

  #now(writer: AnyWriter): void {
    const [first, [record]] = this.#records(1);
    this.#log.add(first, writer.appendSync(record));
  }

  /** Several, none of which is waited for before the next, from several handles. */
  async #crowd(writer: AnyWriter): Promise<void> {
    const [first, records] = this.#records(1 + this.#random.below(20));
    const other = writer.share();
    const appends = records.map((record, i) => (i % 2 === 0 ? writer : other).append(record));
    this.#log.addAll(first, await Promise.all(appends));
    await other.close();
  }

  /** Several in one batch. */
  async #batch(writer: AnyWriter): Promise<void> {
    const [first, records] = this.#records(1 + this.#random.below(30));
    await writer.extend(records);
    const untold = records.map(() => UNTOLD);
    this.#log.addAll(first, untold);
  }

  /** The number of the first of the next records, and the records. */
  #records(count: number): [number, unknown[]] {
    const first = this.#number;
    const records: unknown[] = [];
    for (let bytes = 0; records.length < count && bytes < BATCH_BYTES; ) {
      const size = this.#random.size(this.#task.most);
      bytes += size;
      const mark = { writer: this.#task.writer, number: this.#number++, size };
      records.push(this.#kind.record(mark));
    }
    return [first, records];
  }
}
