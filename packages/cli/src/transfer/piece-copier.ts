import { basename, join } from "node:path";
import {
  type BaseIndexedWriter,
  isNthrecError,
  NthrecError,
  type WriterOptions,
} from "@nthrec/core";
import { Exit, exitCodeOf } from "../exit.ts";
import { type PieceState, readPieceState, removePiece, writePieceState } from "./piece-state.ts";
import type { Piece } from "./targets.ts";
import type { OpenTask, Work } from "./task.ts";

/** What became of a piece. */
export interface PieceReport {
  /** Records written. */
  readonly records: number;
  /** Records of the input that were left out because they are damaged. */
  readonly lost: number;
}

/** Told how many records of the input were taken since the last call. */
export type TakenListener = (records: number) => void;

/** How often progress is told, in records. */
const TOLD_EVERY = 256;

/** Writes one output file, from where an earlier run left it. */
export class PieceCopier {
  readonly #open: OpenTask;
  readonly #work: Work;
  readonly #piece: Piece;
  readonly #file: string;
  readonly #signal: AbortSignal;
  readonly #onTaken: TakenListener;
  #state: PieceState = { position: 0, records: 0, lost: 0 };
  /** Records that an earlier run wrote behind its last checkpoint. */
  #ahead = 0;
  #untold = 0;

  constructor(
    open: OpenTask,
    work: Work,
    number: number,
    signal: AbortSignal,
    onTaken: TakenListener,
  ) {
    this.#open = open;
    this.#work = work;
    this.#piece = work.pieces[number] as Piece;
    this.#file = join(work.folder, basename(this.#piece.path));
    this.#signal = signal;
    this.#onTaken = onTaken;
  }

  async run(): Promise<PieceReport> {
    const writer = await this.#resume();
    try {
      this.#tell(this.#state.position);
      let saved = performance.now();
      for (;;) {
        const more = await this.#stretch(writer, () => {
          if (performance.now() - saved < this.#work.checkpointMs) return;
          this.#save(writer);
          saved = performance.now();
        });
        if (!more) break;
      }
      await writer.close();
      if (this.#state.records === 0) await this.#writeEmpty();
      this.#tell(this.#untold);
      writePieceState(this.#file, this.#state);
      return { records: this.#state.records, lost: this.#state.lost };
    } catch (error) {
      // What was committed is kept: another run goes on there.
      await writer.abort();
      throw error;
    }
  }

  /** Makes a file without records, which has a header all the same: appending nothing writes nothing. */
  async #writeEmpty(): Promise<void> {
    removePiece(this.#file);
    await (await this.#writer({ mode: "write" })).close();
  }

  async #writer(how: WriterOptions): Promise<BaseIndexedWriter<unknown>> {
    const { Writer, writerOptions } = this.#open.passage.to;
    const options = { ...writerOptions, ...this.#work.task.writeOptions, ...how };
    // Every format that is written to has one: this was checked before anything was begun.
    const known = Writer as NonNullable<typeof Writer>;
    return await known.open(this.#file, { ...options, signal: this.#signal });
  }

  /** The writer, behind the records that it has. */
  async #resume(): Promise<BaseIndexedWriter<unknown>> {
    const open = (): Promise<BaseIndexedWriter<unknown>> =>
      this.#writer({ mode: "append", exclusive: true });
    const state = readPieceState(this.#file);
    if (state === undefined) {
      removePiece(this.#file);
      const writer = await open();
      writePieceState(this.#file, this.#state);
      return writer;
    }
    const writer = await open();
    this.#ahead = writer.length - state.records;
    if (this.#ahead >= 0) {
      this.#state = state;
      return writer;
    }
    // A machine that crashed lost what had been written.
    await writer.abort();
    removePiece(this.#file);
    return await open();
  }

  /** Copies up to the end, or to a record that is damaged and left out; answers whether there may be more. */
  async #stretch(writer: BaseIndexedWriter<unknown>, checkpoint: () => void): Promise<boolean> {
    const { start, step, count } = this.#piece;
    const { reader } = this.#open.input;
    const rest = reader.slice(
      start + this.#state.position * step,
      start + (count - 1) * step + 1,
      step,
    );
    if (this.#state.position >= count) return false;
    const records = rest.values({ signal: this.#signal });
    try {
      for (;;) {
        const next = await this.#next(records);
        if (next === "damaged") return true;
        if (next.done) return false;
        this.#signal.throwIfAborted();
        this.#put(writer, next.value);
        this.#state.position++;
        if (++this.#untold >= TOLD_EVERY) this.#tell(this.#untold);
        checkpoint();
      }
    } finally {
      await records.return?.();
    }
  }

  async #next(
    records: AsyncIterableIterator<unknown>,
  ): Promise<IteratorResult<unknown> | "damaged"> {
    try {
      return await records.next();
    } catch (error) {
      if (!this.#work.task.skipDamaged || exitCodeOf(error) !== Exit.damage) throw error;
      this.#state.position++;
      this.#state.lost++;
      this.#untold++;
      return "damaged";
    }
  }

  #put(writer: BaseIndexedWriter<unknown>, record: unknown): void {
    if (this.#ahead > 0) {
      this.#ahead--;
      this.#state.records++;
      return;
    }
    try {
      writer.appendSync(this.#open.passage.convert(record));
    } catch (error) {
      throw this.#unfit(error);
    }
    this.#state.records++;
  }

  /** Says which record does not fit. */
  #unfit(error: unknown): unknown {
    const fatal = isNthrecError(error) && !UNFIT.has(error.code);
    if (fatal || !(error instanceof Error)) return error;
    const { start, step } = this.#piece;
    const index = start + this.#state.position * step;
    const { from, to } = this.#work.task;
    const { name } = this.#open.input;
    return new NthrecError(
      "NTH_INVALID_VALUE",
      `record ${index} of ${name} cannot go from ${from} to ${to}: ${error.message}${this.#advice()}`,
      { source: name, index, cause: error },
    );
  }

  #advice(): string {
    const { from, to, as, tensor } = this.#work.task;
    return from === to || as !== undefined || tensor !== undefined
      ? ""
      : " (--as json keeps any value, as the text of its JSON)";
  }

  #save(writer: BaseIndexedWriter<unknown>): void {
    writer.commitSync();
    writePieceState(this.#file, this.#state);
  }

  #tell(records: number): void {
    if (records > 0) this.#onTaken(records);
    this.#untold = 0;
  }
}

/** Codes of values that a format cannot hold, or that were not what they should be. */
const UNFIT: ReadonlySet<string> = new Set(["NTH_INVALID_VALUE", "NTH_DECODE_ERROR"]);
