import type { ChunkData } from "../chunk/chunk-data.ts";
import type { ChunkCounts } from "../chunk/chunk-records.ts";
import type { WriterSettings } from "../options/writer-settings.ts";
import type { EncodedChunks } from "../threads/chunk-jobs.ts";
import type { ChunkThreads } from "../threads/chunk-threads.ts";
import { GatheredRecords } from "./gathered-records.ts";

/** Bytes of records that one job has, unless a single group is longer. */
const JOB_BYTES = 256 * 1024;
/** Jobs in flight for each thread. */
const JOBS_EACH = 2;
const NO_BYTES: Uint8Array = /* @__PURE__ */ new Uint8Array(0);

/** Whole groups of records that a thread encodes. */
interface Job {
  readonly ends: Float64Array;
  readonly encoded: Promise<EncodedChunks>;
}

/** A chunk whose data are there. */
export interface EncodedChunk {
  readonly counts: ChunkCounts;
  readonly data: ChunkData;
}

/**
 * Records that threads encode, in the order in which they were appended: whole groups are handed over, those that came back are
 * taken from the front.
 */
export class EncodingLine {
  readonly #threads: ChunkThreads;
  readonly #settings: WriterSettings;
  readonly #jobs: Job[] = [];
  readonly #gathered: GatheredRecords = new GatheredRecords();
  #inFlight = 0;
  #ended = false;
  /** Chunks that came back, and records of the first of them that were told to core. */
  #landing: EncodedChunk[] = [];
  #told = 0;
  /** Who takes jobs from the front, one after another. */
  turn: Promise<void> = Promise.resolve();
  /** What went wrong: records are lost, and the writer can only be given up. */
  failure: unknown;

  constructor(threads: ChunkThreads, settings: WriterSettings) {
    this.#threads = threads;
    this.#settings = settings;
  }

  /** Records in the line. */
  get records(): number {
    return this.#inFlight + this.#gathered.count;
  }

  /** Whether threads have records of this line. */
  get busy(): boolean {
    return this.#inFlight > 0;
  }

  /** Whether threads have as much as they should. */
  get full(): boolean {
    return this.#jobs.length >= JOBS_EACH * this.#threads.count;
  }

  /** Whether nothing goes through the line any more. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Takes a record in; whole groups go to a thread when there are enough of them. */
  add(value: Uint8Array): void {
    const gathered = this.#gathered;
    gathered.add(value);
    if (gathered.size >= JOB_BYTES && gathered.count % this.#settings.groupSize === 0) {
      const { bytes, ends } = gathered.view();
      const all = Float64Array.from(ends);
      const job = { settings: this.#settings, bytes: bytes.slice(), ends: all.slice() };
      const encoded = this.#threads.encode(job);
      // Who takes it from the front hears of what goes wrong.
      encoded.catch(() => {});
      this.#inFlight += all.length;
      this.#jobs.push({ ends: all, encoded });
      gathered.clear();
    }
  }

  /** Takes the records out that no thread has. */
  takeRest(): Uint8Array[] {
    const { bytes, ends } = this.#gathered.view();
    const rest = Array.from(ends, (end, i) => bytes.slice(i === 0 ? 0 : ends[i - 1], end));
    this.#gathered.clear();
    return rest;
  }

  /** Waits for the first job; answers its records, whose chunks {@link EncodingLine.land} then gives one by one. */
  async first(): Promise<number> {
    const job = this.#jobs[0] as Job;
    const { bytes, ends } = await job.encoded;
    this.#jobs.shift();
    const { groupSize } = this.#settings;
    this.#landing = Array.from(ends, (end, i) => {
      const before = i === 0 ? 0 : (job.ends[i * groupSize - 1] as number);
      const decodedDataSize = (job.ends[(i + 1) * groupSize - 1] as number) - before;
      const body = bytes.subarray(i === 0 ? 0 : ends[i - 1], end);
      return { counts: { numRecords: groupSize, decodedDataSize }, data: { head: NO_BYTES, body } };
    }).reverse();
    return job.ends.length;
  }

  /** Whether the record that core is told of now is one of a job's. */
  get lands(): boolean {
    return this.#landing.length > 0;
  }

  /** Counts a record of the first job; answers its chunk with the last record of it. */
  land(): EncodedChunk | undefined {
    this.#inFlight--;
    this.#told++;
    if (this.#told < this.#settings.groupSize) return undefined;
    this.#told = 0;
    return this.#landing.pop();
  }

  /** Ends the threads; what they have is lost. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.#threads.close();
  }
}
