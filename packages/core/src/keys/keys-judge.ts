import { platform } from "#platform";
import { isNthrecError } from "../errors.ts";
import { call, type StepPlan } from "../plan/step.ts";
import { homeOf } from "../reader/base-indexed-reader.ts";
import type { ReaderHome } from "../reader/reader-home.ts";
import type { ByteSource } from "../source/byte-source.ts";
import { isLiveStore, type StoreEntry } from "../store/byte-store.ts";
import { EncodedKey, type Key } from "./key.ts";
import { KeyIndex } from "./key-index.ts";
import type { KeyableReader, KeyedOptions } from "./keyed-options.ts";
import { type KeyHeader, sampledRecords } from "./layout.ts";

/** Where the index of a reader's keys lies. */
export interface KeysPlace {
  readonly entry: StoreEntry;
  /** Whether it is in memory, where nobody else sees it. */
  readonly hidden: boolean;
}

/** What an index file is worth. */
export type Verdict = "valid" | "grown" | "stale" | "invalid" | "missing";

/** An index file as it lies there. */
export interface KeyFile {
  readonly source: ByteSource | undefined;
  readonly header: KeyHeader | undefined;
  readonly state: "there" | "invalid" | "missing";
}

/** Judges whether an index is that of a reader's data as they are now, and of keys as they are made now. */
export class KeysJudge<T> {
  readonly #reader: KeyableReader<T>;
  readonly #options: KeyedOptions<T>;
  readonly #place: KeysPlace;
  readonly #home: ReaderHome | undefined;
  readonly #nameCrc: number;

  constructor(
    reader: KeyableReader<T>,
    options: KeyedOptions<T>,
    place: KeysPlace,
    nameCrc: number,
  ) {
    this.#reader = reader;
    this.#options = options;
    this.#place = place;
    this.#home = homeOf(reader);
    this.#nameCrc = nameCrc;
  }

  /** What an index is worth. */
  *verdict({ source, header, state }: KeyFile): StepPlan<Verdict> {
    if (state !== "there" || source === undefined || header === undefined) {
      return state === "there" ? "invalid" : state;
    }
    if (header.nameCrc !== this.#nameCrc) return "stale";
    // Data that grew are newer, of course. An index that knows of more records than the reader was made by somebody
    // who came later, or the data were cut: either way its part that counts is right unless they changed since.
    const grown = header.records < this.#reader.length;
    if (!grown && (this.#home?.size ?? 0) <= header.dataSize && this.#dataIsNewer()) return "stale";
    if (!(yield* this.#samplesFit(header))) return "stale";
    if (!(yield* this.#keysFit(source, header))) return "stale";
    return grown ? "grown" : "valid";
  }

  #dataIsNewer(): boolean {
    const data = this.#home?.entry;
    const index = this.#place.entry;
    if (data === undefined || !isLiveStore(data.store) || !isLiveStore(index.store)) return false;
    // Its own clock: an index in memory was made after the reader was opened.
    if (this.#place.hidden) return false;
    const [ours, theirs] = [index.store.statSync(index.name), data.store.statSync(data.name)];
    return ours === undefined || (theirs !== undefined && theirs.modified > ours.modified);
  }

  #looked(records: number): number[] {
    const all = sampledRecords(records);
    // Over a network each of them is a trip.
    const first = all[0];
    const last = all.at(-1);
    if (this.#home?.remote !== true || first === undefined || last === undefined) return all;
    return first === last ? [first] : [first, last];
  }

  *#samplesFit(header: KeyHeader): StepPlan<boolean> {
    const sampled = sampledRecords(header.records);
    for (const index of this.#looked(header.records)) {
      if (index >= this.#reader.length) break;
      const crc = yield* this.#sample(index);
      if (crc !== header.samples[sampled.indexOf(index)]) return false;
    }
    return true;
  }

  /** Whether the first and the last record are found by their keys: keys may be made in another way now. */
  *#keysFit(source: ByteSource, header: KeyHeader): StepPlan<boolean> {
    const index = yield* KeyIndex.open(source, header, "paged");
    const records = Math.min(header.records, this.#reader.length);
    for (const record of new Set([0, records - 1])) {
      if (record < 0 || records === 0) continue;
      const keys = yield* this.#keysOf(record);
      if (keys === undefined) continue;
      if (keys.length === 0 && header.missing === 0) return false;
      for (const key of keys) {
        const found = yield* index.findAll(new EncodedKey().encode(key).copy(), records);
        if (!found.includes(record)) return false;
      }
    }
    return true;
  }

  /** The keys of a record, `undefined` if it cannot be read. */
  *#keysOf(index: number): StepPlan<readonly Key[] | undefined> {
    const reader = this.#reader;
    try {
      const record = yield* call(
        () => reader.getSync(index),
        (options) => reader.get(index, options),
      );
      const keys = this.#options.key(record, index);
      if (keys === undefined) return [];
      return Array.isArray(keys) ? (keys as readonly Key[]) : [keys as Key];
    } catch (error) {
      if (!isNthrecError(error, "NTH_CORRUPTION", "NTH_DECODE_ERROR")) throw error;
      return undefined;
    }
  }

  *#sample(index: number): StepPlan<number> {
    const reader = this.#reader;
    try {
      return platform.crc32(
        yield* call(
          () => reader.getBytesSync(index),
          (options) => reader.getBytes(index, options),
        ),
      );
    } catch (error) {
      // A damaged record is one that stays as it is.
      if (!isNthrecError(error, "NTH_CORRUPTION")) throw error;
      return 0;
    }
  }

  /** CRC-32 of the bytes of some records, as a header holds them. */
  *samples(records: number): StepPlan<number[]> {
    const samples: number[] = [];
    for (const index of sampledRecords(records)) samples.push(yield* this.#sample(index));
    return samples;
  }
}
