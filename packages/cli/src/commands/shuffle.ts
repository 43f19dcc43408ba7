import { randomInt } from "node:crypto";
import { basename, join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { BaseIndexedWriter } from "@nthrec/core";
import { Exit, type ExitCode, UsageError } from "../exit.ts";
import type { LoadedFormat } from "../formats/cli-format.ts";
import { writeOptionsOf } from "../input/format-options.ts";
import { type Input, type InputOptions, locate, openLocated } from "../input/open-input.ts";
import type { Io } from "../output/io.ts";
import { Progress } from "../output/progress.ts";
import { counted } from "../output/report.ts";
import { ExternalShuffle } from "../shuffle/external-shuffle.ts";
import { passageWithin } from "../transfer/passage.ts";
import { checkFolder, RunFolder, sizeOf } from "../transfer/run-folder.ts";
import { contiguous, type Piece, targetsOf } from "../transfer/targets.ts";
import { layoutFor } from "../transfer/tensor-layout.ts";
import { inputsAndOutput } from "./convert.ts";

type ShuffleOptions = InputOptions & {
  readonly force?: boolean;
  readonly seed?: number;
  readonly memory: number;
  readonly writeOption?: readonly string[];
  readonly json?: boolean;
};

/** `nthrec shuffle`: all records in a random order, in new files. */
export async function shuffle(
  io: Io,
  args: readonly string[],
  options: ShuffleOptions,
): Promise<ExitCode> {
  const [paths, output] = inputsAndOutput(args);
  const targets = targetsOf(output);
  if (targets.count === undefined)
    throw new UsageError(`${output}: say how many shards, as name@10`);
  checkFolder(output);
  await using located = await locate(io, paths, options);
  const loaded = passageWithin(located.loaded).from;
  if (loaded.Writer === undefined) {
    throw new UsageError(`${located.format.name} files cannot be written`);
  }
  const writeOptions = writeOptionsOf(located.format, loaded, options.writeOption);
  const bytes = bytesOf(loaded, loaded !== located.loaded);
  await using input = await openLocated(io, { ...located, loaded }, options);
  const { tensors } = loaded;
  const layout = tensors && (await layoutFor(input, loaded, {}));
  const bound = layout === undefined ? loaded : (tensors?.bound(layout) as LoadedFormat);
  const pieces = contiguous(targets.names(targets.count), input.reader.length);
  const folder = new RunFolder(output, pieces, loaded.Writer.Reader.indexSuffix);
  const seed = options.seed ?? randomInt(2 ** 32);
  // No run goes on with another one's order: it begins anew.
  folder.begin(`shuffle ${Date.now()} ${process.pid}`, options.force === true);
  try {
    const size = await sizeOf(located, io.signal);
    const shuffled = new Shuffling(io, options, {
      input,
      loaded: bound,
      writeOptions,
      bytes: bound === loaded ? bytes : bytesOf(bound, false),
      pieces,
      folder,
      seed,
      size,
    });
    await shuffled.run();
  } catch (error) {
    folder.remove();
    throw error;
  }
  const records = input.reader.length;
  folder.publish({ records, lost: 0 });
  const files = pieces.map(({ path }) => path);
  const where = files.length === 1 ? (files[0] as string) : counted(files.length, "file");
  await io.stdout.write(
    options.json
      ? `${JSON.stringify({ records, seed, files })}\n`
      : `${counted(records, "record")} in ${where}, seed ${seed}\n`,
  );
  return Exit.ok;
}

/** How many records go by before the rest of the program has its turn. */
const TURN = 1024;

interface ShuffleTask {
  readonly input: Input;
  readonly loaded: LoadedFormat;
  readonly writeOptions: Readonly<Record<string, unknown>>;
  readonly bytes: RecordBytes;
  readonly pieces: readonly Piece[];
  readonly folder: RunFolder;
  readonly seed: number;
  /** Bytes of the input. */
  readonly size: number;
}

/** Records as bytes, and back. */
interface RecordBytes {
  of(record: unknown): Uint8Array;
  from(bytes: Uint8Array): unknown;
}

/** @param frames Whether the records are frames. */
function bytesOf({ toBytes, fromBytes, Reader }: LoadedFormat, frames: boolean): RecordBytes {
  if (frames) return { of: (record) => record as Uint8Array, from: (bytes) => bytes };
  if (toBytes !== undefined && fromBytes !== undefined) return { of: toBytes, from: fromBytes };
  throw new UsageError(
    `records of ${Reader.format} files have no bytes of their own to be shuffled`,
  );
}

/** The two passes of a shuffle. */
class Shuffling {
  readonly #io: Io;
  readonly #options: ShuffleOptions;
  readonly #task: ShuffleTask;

  constructor(io: Io, options: ShuffleOptions, task: ShuffleTask) {
    this.#io = io;
    this.#options = options;
    this.#task = task;
  }

  async run(): Promise<void> {
    const { seed, size, folder } = this.#task;
    const { memory } = this.#options;
    const buckets = join(folder.path, "buckets");
    const shuffled = new ExternalShuffle({ seed, memory, size, folder: buckets });
    await this.#deal(shuffled);
    await this.#write(shuffled);
  }

  async #deal(shuffled: ExternalShuffle): Promise<void> {
    const { input, bytes } = this.#task;
    const turn = this.#turns("dealing");
    for await (const record of input.reader) {
      shuffled.add(bytes.of(record));
      if (turn.due()) await turn.take();
    }
    turn.done();
  }

  async #write(shuffled: ExternalShuffle): Promise<void> {
    const { pieces, bytes } = this.#task;
    const turn = this.#turns("writing");
    const records = shuffled.records();
    for (const piece of pieces) {
      await using writer = await this.#open(piece);
      for (let i = 0; i < piece.count; i++) {
        writer.appendSync(bytes.from(records.next().value));
        if (turn.due()) await turn.take();
      }
    }
    // The last bucket goes when it is asked for more.
    records.next();
    turn.done();
  }

  async #open({ path }: Piece): Promise<BaseIndexedWriter<unknown>> {
    const { loaded, writeOptions } = this.#task;
    const { Writer, writerOptions } = loaded;
    return await (Writer as NonNullable<typeof Writer>).open(
      join(this.#task.folder.path, basename(path)),
      {
        ...writerOptions,
        ...writeOptions,
        mode: "write",
        signal: this.#io.signal,
      },
    );
  }

  #turns(what: string): { due(): boolean; take(): Promise<void>; done(): void } {
    const { size, input } = this.#task;
    const meter = new Progress(this.#io, this.#options.progress ?? "auto", what);
    const { length } = input.reader;
    let records = 0;
    let told = 0;
    return {
      due: () => ++records % TURN === 0,
      take: async () => {
        await setImmediate();
        this.#io.signal.throwIfAborted();
        if (performance.now() - told < 100) return;
        told = performance.now();
        meter.listener({ records, position: Math.round((size * records) / length), size });
      },
      done: () => meter.done(),
    };
  }
}
