import { isNthrecError } from "@nthrec/core";
import { Exit, type ExitCode, UsageError } from "../exit.ts";
import type { CliFormat } from "../formats/cli-format.ts";
import { writeOptionsOf } from "../input/format-options.ts";
import { type Input, type InputOptions, type Located, locate } from "../input/open-input.ts";
import type { Io } from "../output/io.ts";
import { Progress } from "../output/progress.ts";
import { counted } from "../output/report.ts";
import { copyInThreads } from "./copy-pool.ts";
import { PieceCopier, type PieceReport } from "./piece-copier.ts";
import { checkFolder, identityOf, RunFolder, type Summary } from "./run-folder.ts";
import type { Piece } from "./targets.ts";
import { type OpenTask, openTask, passageOf, type Task, type Work } from "./task.ts";
import { layoutFor, type TensorOptions } from "./tensor-layout.ts";

/** Options of the commands that write records into new files. */
export interface TransferOptions extends InputOptions {
  readonly force?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
  readonly skipDamaged?: boolean | undefined;
  readonly jobs?: number | undefined;
  readonly checkpoint?: number | undefined;
  readonly writeOption?: readonly string[] | undefined;
  readonly json?: boolean | undefined;
}

/** What a command does with its input. */
export interface Transfer {
  /** As the user named it. */
  readonly output: string;
  readonly verb: string;
  /** Format of the output; `undefined` is the input's. */
  to(located: Located): CliFormat;
  readonly as?: "json" | undefined;
  readonly schema?: Task["schema"];
  /** What the user says of tensors. */
  readonly tensor?: TensorOptions | undefined;
  /** What the output files hold, once the input is open. */
  pieces(input: Input): readonly Piece[];
}

/** Carries out a transfer. */
export async function transfer(
  io: Io,
  paths: readonly string[],
  options: TransferOptions,
  { output, verb, to, as, schema, tensor = {}, pieces }: Transfer,
): Promise<ExitCode> {
  checkFolder(output);
  await using located = await locate(io, paths, options);
  const target = to(located);
  const written = await target.load();
  const task: Task = {
    locations: located.locations,
    isSet: located.isSet,
    folders: located.folders,
    from: located.format.name,
    to: target.name,
    input: inputOptions(options),
    tail: undefined,
    as: as,
    schema,
    tensor: undefined,
    skipDamaged: options.skipDamaged === true,
    writeOptions: writeOptionsOf(target, written, options.writeOption),
  };
  const { Writer, tensors } = written;
  if (Writer === undefined) throw new UsageError(`${target.name} files cannot be written`);
  if (tensors === undefined) checkNoTensors(tensor, target);
  const opened = await openSomehow(io, task, options);
  await using first = opened.open;
  const planned = pieces(first.input);
  const { open, task: known } =
    tensors === undefined ? { ...opened, open: first } : await bound(located, opened, tensor);
  const run = new Running(io, options, known, verb, output, planned);
  return await run.run(open, opened.losses, Writer.Reader.indexSuffix);
}

/** @throws {@link UsageError} for options that say nothing of a format without tensors */
function checkNoTensors({ dtype, shape, field }: TensorOptions, { name }: CliFormat): void {
  if (dtype === undefined && shape === undefined && field === undefined) return;
  throw new UsageError(`--dtype, --shape and --field are for files of tensors, and not ${name}`);
}

/** A task and its passage once it is known what the tensors are. */
async function bound(
  { registry }: Located,
  { open, task }: { readonly open: OpenTask; readonly task: Task },
  options: TensorOptions,
): Promise<{ readonly open: OpenTask; readonly task: Task }> {
  const { skipDamaged } = task;
  const layout = await layoutFor(open.input, open.passage.from, { ...options, skipDamaged });
  const known: Task = { ...task, tensor: { ...layout, field: options.field } };
  return { open: { ...open, passage: await passageOf(registry, known) }, task: known };
}

function inputOptions(options: InputOptions): Task["input"] {
  const { plugin, option, index, inflate, allowRemoteScan } = options;
  return { plugin, option, index, inflate, allowRemoteScan };
}

/** The input, without a torn end that is to be left out. */
async function openSomehow(
  io: Io,
  task: Task,
  { progress, dryRun }: TransferOptions,
): Promise<{ readonly open: OpenTask; readonly task: Task; readonly losses: () => number }> {
  let losses = 0;
  const count = (): void => {
    losses++;
  };
  // A look leaves nothing behind.
  const reading = dryRun === true ? ({ onStaleIndex: "memory" } as const) : {};
  try {
    const open = await openTask(io, task, progress, count, reading);
    return { open, task, losses: () => losses };
  } catch (error) {
    if (!task.skipDamaged || !isNthrecError(error, "NTH_TRUNCATED")) throw error;
    losses = 1;
    const torn: Task = { ...task, tail: "ignore" };
    return {
      open: await openTask(io, torn, progress, count, reading),
      task: torn,
      losses: () => losses,
    };
  }
}

/** A transfer whose pieces are known. */
class Running {
  readonly #io: Io;
  readonly #options: TransferOptions;
  readonly #task: Task;
  readonly #verb: string;
  readonly #output: string;
  readonly #pieces: readonly Piece[];

  constructor(
    io: Io,
    options: TransferOptions,
    task: Task,
    verb: string,
    output: string,
    pieces: readonly Piece[],
  ) {
    this.#io = io;
    this.#options = options;
    this.#task = task;
    this.#verb = verb;
    this.#output = output;
    this.#pieces = pieces;
  }

  async run(open: OpenTask, losses: () => number, indexSuffix: string): Promise<ExitCode> {
    const folder = new RunFolder(this.#output, this.#pieces, indexSuffix);
    if (this.#options.dryRun === true) return await this.#announce(folder, losses());
    const { identity, size } = await identityOf(this.#task, this.#pieces, this.#io.signal);
    const state = folder.begin(identity, this.#options.force === true);
    if (typeof state === "object") return await this.#report(state);
    if (state !== "new") await this.#note(NOTES[state](folder.path));
    const reports = await this.#copy(open, folder, size);
    const summary = summed(reports, losses());
    folder.publish(summary);
    return await this.#report(summary);
  }

  async #copy(open: OpenTask, folder: RunFolder, size: number): Promise<PieceReport[]> {
    const { signal } = this.#io;
    const task = this.#task;
    const pieces = this.#pieces;
    const checkpointMs = (this.#options.checkpoint ?? DEFAULT_CHECKPOINT_SECONDS) * 1000;
    const work: Work = { task, folder: folder.path, pieces, checkpointMs };
    const meter = new Progress(this.#io, this.#options.progress ?? "auto", this.#verb);
    const taken = this.#meter(meter, size);
    const jobs = Math.min(this.#options.jobs ?? 1, pieces.length);
    try {
      if (jobs > 1) return await copyInThreads(work, jobs, signal, taken);
      const reports: PieceReport[] = [];
      for (const number of pieces.keys()) {
        reports.push(await new PieceCopier(open, work, number, signal, taken).run());
      }
      return reports;
    } catch (error) {
      meter.done();
      await this.#leave(folder, error);
      throw error;
    } finally {
      meter.done();
    }
  }

  /** After a failure: what another run can go on with is kept. */
  async #leave(folder: RunFolder, error: unknown): Promise<void> {
    if (this.#io.signal.aborted || isNthrecError(error, "NTH_IO_ERROR", "NTH_LOCKED")) {
      await this.#note(`${folder.path} keeps what is done: the same command goes on there`);
    } else {
      folder.remove();
    }
  }

  /** Tells at most ten times a second how many records were taken. */
  #meter(meter: Progress, size: number): (records: number) => void {
    const all = this.#pieces.reduce((sum, { count }) => sum + count, 0);
    let records = 0;
    let told = 0;
    return (more) => {
      records += more;
      const now = performance.now();
      if (now - told < TOLD_EVERY_MS && records < all) return;
      told = now;
      // Records are taken to be of one size: what they are is not looked at.
      meter.listener({ records, position: Math.round((size * records) / all), size });
    };
  }

  async #announce(folder: RunFolder, losses: number): Promise<ExitCode> {
    const existing = new Set(folder.existing);
    for (const { path, count } of this.#pieces) {
      const taken = existing.has(path) ? (this.#options.force ? ", replaced" : ", exists") : "";
      const line = this.#options.json
        ? JSON.stringify({ name: path, records: count, exists: existing.has(path) })
        : `${path}: ${counted(count, "record")}${taken}`;
      await this.#io.stdout.write(`${line}\n`);
    }
    if (existing.size > 0 && this.#options.force !== true) {
      throw new UsageError(`${[...existing][0]} exists: --force replaces it`);
    }
    return losses === 0 ? Exit.ok : Exit.damage;
  }

  async #report({ records, lost }: Summary): Promise<ExitCode> {
    const files = this.#pieces.map(({ path }) => path);
    if (this.#options.json) {
      await this.#io.stdout.write(`${JSON.stringify({ records, lost, files })}\n`);
    } else {
      const where = files.length === 1 ? (files[0] as string) : counted(files.length, "file");
      const left = lost === 0 ? "" : `, ${counted(lost, "damaged place")} left out`;
      await this.#io.stdout.write(`${counted(records, "record")} in ${where}${left}\n`);
    }
    return lost === 0 ? Exit.ok : Exit.damage;
  }

  async #note(text: string): Promise<void> {
    await this.#io.stderr.write(`nthrec: ${text}\n`);
  }
}

const DEFAULT_CHECKPOINT_SECONDS = 2;
const TOLD_EVERY_MS = 100;

/** @param losses Places of the input that hold no record. */
function summed(reports: readonly PieceReport[], losses: number): Summary {
  return reports.reduce(
    (sum, { records, lost }) => ({ records: sum.records + records, lost: sum.lost + lost }),
    { records: 0, lost: losses },
  );
}

const NOTES = {
  resumed: (path: string) => `going on where ${path} ends`,
  replaced: (path: string) =>
    `${path} was left by another task, or its input has changed: begun anew`,
} as const;
