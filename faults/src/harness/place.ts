import { appendFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { WriterOptions } from "@nthrec/core";
import type { AnyReader, AnyWriter, Kind } from "../formats/kinds.ts";
import { type Acks, readAcks } from "../judge/acks.ts";
import { type Audit, checkTidy, type IsForeign, judge } from "../judge/audit.ts";
import type { AppendTask } from "../programs/append.ts";
import type { Context } from "./scenario.ts";

/** A file of some kind in a folder of its own, and what its writers were told. */
export class Place {
  readonly kind: Kind;
  readonly path: string;
  /** Folder of the acknowledgements. */
  readonly acksFolder: string;
  readonly #context: Context;
  readonly #folder: string;
  readonly #numbers = new Map<string, number>();

  constructor(context: Context, kind: Kind, folder = context.folder()) {
    this.#context = context;
    this.#folder = folder;
    this.kind = kind;
    this.path = join(folder, "data", "data");
    this.acksFolder = join(folder, "acks");
    mkdirSync(join(folder, "data"));
    mkdirSync(this.acksFolder);
  }

  /** Path of the index. */
  get index(): string {
    return this.path + this.kind.Reader.indexSuffix;
  }

  get seal(): string {
    return `${this.path}.seal`;
  }

  get acks(): Acks {
    return readAcks(this.acksFolder);
  }

  open(options: WriterOptions = {}): Promise<AnyWriter> {
    return this.kind.Writer.open(this.path, {
      mode: "append",
      ...options,
    }) as unknown as Promise<AnyWriter>;
  }

  openSync(options: WriterOptions = {}): AnyWriter {
    return this.kind.Writer.openSync(this.path, {
      mode: "append",
      ...options,
    }) as unknown as AnyWriter;
  }

  /** What is published, whether a writer has closed the file or not. */
  read(options = {}): AnyReader {
    return this.readPlainly({ ...this.kind.unclosed, ...options });
  }

  /** What is published, as a file is opened that was closed. */
  readPlainly(options = {}): AnyReader {
    return this.kind.Reader.openSync(this.path, options) as AnyReader;
  }

  /** The next record of a writer, and its number among those. */
  next(writer: string, size = 20): [number, unknown] {
    const number = this.#numbers.get(writer) ?? 0;
    this.#numbers.set(writer, number + 1);
    return [number, this.kind.record({ writer, number, size })];
  }

  /** Writes down what a writer was told. */
  told(writer: string, number: number, index: number): void {
    appendFileSync(join(this.acksFolder, writer), `${number} ${index}\n`);
  }

  async append(to: AnyWriter, writer: string, size?: number): Promise<number> {
    const [number, record] = this.next(writer, size);
    const index = await to.append(record);
    this.told(writer, number, index);
    return index;
  }

  appendSync(to: AnyWriter, writer: string, size?: number): number {
    const [number, record] = this.next(writer, size);
    const index = to.appendSync(record);
    this.told(writer, number, index);
    return index;
  }

  /** What a writer was told holds no longer: another file took the place of its own. */
  forget(writer: string): void {
    rmSync(join(this.acksFolder, writer), { force: true });
  }

  /** Opens, appends some records, and closes. */
  fill(writer: string, count: number, size?: number): void {
    const to = this.openSync();
    for (let i = 0; i < count; i++) this.appendSync(to, writer, size);
    to.closeSync();
  }

  /** Takes the folder away: of thousands of places only those are kept in which something is wrong. */
  remove(): void {
    if (this.#context.verdicts.failures === 0) rmSync(this.#folder, { recursive: true });
  }

  /** A task for the program that appends here. */
  task(task: Partial<AppendTask> & Pick<AppendTask, "writer" | "batches">): AppendTask {
    const { kind, path, acksFolder: acks } = this;
    return { kind: kind.name, path, acks, options: { mode: "append" }, verb: "append", ...task };
  }

  /** Recovers by one more append, and judges everything. */
  async judge(what: string, isForeign?: IsForeign): Promise<Audit> {
    this.fill("judge", 1);
    return this.judgeAsIs(what, isForeign);
  }

  async judgeAsIs(what: string, isForeign?: IsForeign): Promise<Audit> {
    const { verdicts, originals } = this.#context;
    const where = `${what}, in ${this.path}`;
    const found = judge(this.kind, this.path, this.acks, verdicts, where, isForeign);
    checkTidy(this.kind, this.path, verdicts, where);
    await originals.check(this.kind, this.path, verdicts, where);
    return found;
  }
}
