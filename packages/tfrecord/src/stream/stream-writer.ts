import {
  type AbortOptions,
  type ByteSink,
  ByteWriter,
  type DataOutput,
  entryOf,
  NthrecError,
  type StoreEntry,
} from "@nthrec/core";
import { platform } from "#platform";
import type { Compression } from "../compression/compression.ts";
import { uniqueName } from "../names.ts";
import type { Deflater } from "../platform/platform.ts";
import { writeFrame } from "../records/write-frame.ts";

/** How a compressed file is written. */
export interface StreamWriterOptions extends AbortOptions {
  readonly compression: Compression;
  /** 0 (nothing is compressed) to 9 (smallest); a browser has only its own. @default the platform's, which is 6 in Node */
  readonly level?: number | undefined;
}

/** Bytes that are gathered before they are compressed. */
const GATHER_BYTES = 64 * 1024;

/**
 * Writes a TFRecord file that is compressed as a whole, from its beginning to its end: what TensorFlow writes with
 * `compression_type="GZIP"` or `"ZLIB"`. A file gets its name when it is complete.
 */
export class TFRecordStreamWriter implements AsyncDisposable {
  readonly #sink: ByteSink;
  readonly #deflater: Deflater;
  /** Moves the file into its place. */
  readonly #publish: (() => Promise<void>) | undefined;
  readonly #remove: (() => Promise<void>) | undefined;
  readonly #pumped: Promise<void>;
  readonly #gathered: ByteWriter = new ByteWriter();
  #length = 0;
  /** Writes take turns, so that records keep the order of the calls. */
  #turn: Promise<void> = Promise.resolve();
  #failure: unknown;
  #closing: Promise<void> | undefined;

  private constructor(target: Target, options: StreamWriterOptions) {
    this.#sink = target.sink;
    this.#publish = target.publish;
    this.#remove = target.remove;
    this.#deflater = platform.deflate(options.compression, options.level);
    this.#pumped = this.#pump();
    this.#pumped.catch((error: unknown) => {
      this.#failure ??= error;
    });
  }

  /**
   * Begins a file.
   *
   * @throws {@link NthrecError} `NTH_READONLY`, `NTH_IO_ERROR`, `NTH_ABORTED`, `NTH_NOT_SUPPORTED` for a level in a browser
   */
  static async open(data: DataOutput, options: StreamWriterOptions): Promise<TFRecordStreamWriter> {
    checkOptions(options);
    return new TFRecordStreamWriter(await targetOf(data, options), options);
  }

  /** Path or label of the data. */
  get name(): string {
    return this.#sink.name;
  }

  /** Records written so far. */
  get length(): number {
    return this.#length;
  }

  /**
   * Adds a record, and answers its number when there is room for the next one.
   *
   * @throws {@link NthrecError} `NTH_INVALID_VALUE`, `NTH_NOT_OPEN`, `NTH_IO_ERROR`
   */
  async append(value: Uint8Array): Promise<number> {
    this.#check();
    writeFrame(value, this.#gathered);
    const index = this.#length++;
    if (this.#gathered.length >= GATHER_BYTES) await this.#hand();
    return index;
  }

  /** Adds many records; answers how many. */
  async extend(values: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<number> {
    let count = 0;
    for await (const value of values) {
      await this.append(value);
      count++;
    }
    return count;
  }

  /** Completes the file and gives it its name. Closing twice is no error. */
  close(): Promise<void> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  /** Gives the file up. */
  async abort(): Promise<void> {
    this.#closing ??= this.#discard();
    await this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #finish(): Promise<void> {
    try {
      await this.#hand();
      await this.#deflater.end();
      await this.#pumped;
      await this.#sink.flush();
    } catch (error) {
      await this.#discard();
      throw error;
    }
    if (this.#publish === undefined) return;
    await this.#sink.close();
    await this.#publish();
  }

  async #discard(): Promise<void> {
    this.#deflater.destroy();
    await this.#pumped.catch(() => undefined);
    if (this.#remove === undefined) return;
    await this.#sink.close();
    await this.#remove();
  }

  #check(): void {
    if (this.#closing !== undefined) {
      throw new NthrecError("NTH_NOT_OPEN", `the writer of ${this.name} is closed`, {
        source: this.name,
      });
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  #hand(): Promise<void> {
    const bytes = this.#gathered.view().slice();
    this.#gathered.reset();
    // When the sink fails, the deflater waits for room in vain.
    this.#turn = this.#turn.then(() => Promise.race([this.#deflater.write(bytes), this.#pumped]));
    return this.#turn;
  }

  /** Carries what comes out to the sink. */
  async #pump(): Promise<void> {
    let at = 0;
    for await (const piece of this.#deflater.output) {
      await this.#sink.write(at, piece);
      at += piece.length;
    }
  }
}

/** Where the bytes go. */
interface Target {
  readonly sink: ByteSink;
  readonly publish?: () => Promise<void>;
  readonly remove?: () => Promise<void>;
}

async function targetOf(data: DataOutput, { signal }: StreamWriterOptions): Promise<Target> {
  if (typeof data !== "string" && !(data instanceof URL) && "write" in data) return { sink: data };
  const { store, name }: StoreEntry = entryOf(data);
  const temporary = `${name}.tmp-${uniqueName()}`;
  return {
    sink: await store.create(temporary, { signal }),
    publish: () => store.rename(temporary, name),
    remove: () => store.remove(temporary),
  };
}

function checkOptions({ compression, level }: StreamWriterOptions): void {
  if (compression !== "GZIP" && compression !== "ZLIB") {
    throw new TypeError(`compression is "GZIP" or "ZLIB", not ${String(compression)}`);
  }
  if (level !== undefined && !(Number.isInteger(level) && level >= 0 && level <= 9)) {
    throw new TypeError(`level is an integer from 0 to 9, not ${String(level)}`);
  }
}
