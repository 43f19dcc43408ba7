import { platform } from "#platform";
import { isNthrecError, NthrecError, type NthrecErrorCode } from "../errors.ts";
import { close, openEntry, read, type StepPlan } from "../plan/step.ts";
import { homeOf } from "../reader/base-indexed-reader.ts";
import type { ReaderHome } from "../reader/reader-home.ts";
import { resolveEntry } from "../resolve/resolve.ts";
import type { ByteSource } from "../source/byte-source.ts";
import type { StoreEntry } from "../store/byte-store.ts";
import { UrlStore } from "../store/url-store.ts";
import { KeyBuild, privatePlace } from "./key-build.ts";
import { KeyIndex } from "./key-index.ts";
import type { KeyableReader, KeyedOptions } from "./keyed-options.ts";
import { type KeyFile, KeysJudge, type KeysPlace, type Verdict } from "./keys-judge.ts";
import { decodeHeader, HEADER_BYTES, isKeyIndex, type KeyHeader } from "./layout.ts";
import { RecordFeed } from "./record-feed.ts";

/** Remote data up to this size are read whole without being asked for. */
const REMOTE_SCAN_BYTES = 8 * 1024 * 1024;
const BUILD_BYTES = 128 * 1024 * 1024;

/** An open index and its place. */
export interface OpenedKeys {
  readonly index: KeyIndex;
  readonly place: KeysPlace;
}

/** Finds the place of an index; nothing is opened. */
export function keysPlace<T>(reader: KeyableReader<T>, options: KeyedOptions<T>): KeysPlace {
  const { indexFile, name, http } = options;
  const entry = homeOf(reader)?.entry;
  if (indexFile === "memory" || (indexFile === undefined && entry === undefined)) {
    return { entry: privatePlace(`keys-${name}`), hidden: true };
  }
  if (indexFile !== undefined) return { entry: resolveEntry(indexFile, http), hidden: false };
  const { store, name: data } = entry as StoreEntry;
  return { entry: { store, name: `${data}.keys-${name}` }, hidden: false };
}

/** Opens the index of a reader's keys, made, extended or made anew where it must be. */
export class KeysOpening<T> {
  readonly #reader: KeyableReader<T>;
  readonly #options: KeyedOptions<T>;
  readonly #place: KeysPlace;
  readonly #home: ReaderHome | undefined;
  readonly #nameCrc: number;
  readonly #judge: KeysJudge<T>;

  constructor(reader: KeyableReader<T>, options: KeyedOptions<T>, place: KeysPlace) {
    this.#reader = reader;
    this.#options = options;
    this.#place = place;
    this.#home = homeOf(reader);
    this.#nameCrc = platform.crc32(new TextEncoder().encode(options.name));
    this.#judge = new KeysJudge(reader, options, place, this.#nameCrc);
  }

  /** @param rebuild Whether the index is made anew, however sound the old one is */
  *run(rebuild: boolean): StepPlan<OpenedKeys> {
    const file = yield* this.#inspect(this.#place.entry);
    let handed = false;
    try {
      const verdict = rebuild ? "stale" : yield* this.#judge.verdict(file);
      if (verdict === "valid") {
        const index = yield* this.#load(file.source as ByteSource, file.header as KeyHeader);
        handed = true;
        return { index, place: this.#place };
      }
      this.#admit(verdict, rebuild);
      const base = verdict === "grown" ? file : undefined;
      return yield* this.#build(base, rebuild);
    } catch (error) {
      // A damaged old index is no reason to fail: its keys are found again.
      if (rebuild || this.#options.onStaleIndex === "throw") throw error;
      if (!isNthrecError(error, "NTH_INDEX_INVALID")) throw error;
      this.#admit("invalid", false);
      return yield* this.#build(undefined, false);
    } finally {
      if (!handed && file.source !== undefined) yield* close(file.source);
    }
  }

  #load(source: ByteSource, header: KeyHeader): StepPlan<KeyIndex> {
    const remote = this.#place.entry.store instanceof UrlStore;
    return KeyIndex.open(source, header, this.#options.keys, remote);
  }

  *#inspect({ store, name }: StoreEntry): StepPlan<KeyFile> {
    let source: ByteSource;
    try {
      source = yield* openEntry(store, name);
    } catch (error) {
      if (!isNthrecError(error, "NTH_NOT_FOUND")) throw error;
      return { source: undefined, header: undefined, state: "missing" };
    }
    try {
      const bytes = yield* read(source, 0, Math.min(HEADER_BYTES, source.size));
      if (bytes.length > 0 && !isOurs(bytes)) throw foreign(source, bytes);
      const header = decodeHeader(bytes, source.size);
      return { source, header, state: header === undefined ? "invalid" : "there" };
    } catch (error) {
      yield* close(source);
      throw error;
    }
  }

  /** Refuses to build where the caller, or the network, is against it. */
  #admit(verdict: Exclude<Verdict, "valid">, rebuild: boolean): void {
    const { onStaleIndex, remoteScan } = this.#options;
    const code: NthrecErrorCode =
      verdict === "missing"
        ? "NTH_INDEX_MISSING"
        : verdict === "invalid"
          ? "NTH_INDEX_INVALID"
          : "NTH_INDEX_STALE";
    const { name } = this.#place.entry;
    const what = `the key index ${name} of ${this.#reader.name} is ${verdict === "grown" ? "older than its data" : verdict}`;
    if (onStaleIndex === "throw" && !rebuild && !this.#place.hidden) {
      throw new NthrecError(code, `${what}, and onStaleIndex is "throw"`, { source: name });
    }
    const { remote = false, size = 0 } = this.#home ?? {};
    if (remote && remoteScan !== true && size > REMOTE_SCAN_BYTES) {
      const advice = "build it where the data are written, or allow it with remoteScan: true";
      throw new NthrecError(code, `${what}, and its ${size} bytes are remote: ${advice}`, {
        source: name,
      });
    }
  }

  *#build(base: KeyFile | undefined, rebuild: boolean): StepPlan<OpenedKeys> {
    const { onStaleIndex, buildMemory = BUILD_BYTES } = this.#options;
    const keep = this.#place.hidden || rebuild || onStaleIndex !== "memory";
    const target = keep ? this.#place.entry : privatePlace(this.#place.entry.name);
    const expected = this.#reader.length - (base?.header?.records ?? 0);
    const build = new KeyBuild(target, buildMemory, expected);
    try {
      const feed = new RecordFeed(this.#reader, this.#options, build, base?.header);
      yield* feed.run();
      const entry = yield* build.finish(base as Parameters<KeyBuild["finish"]>[0], {
        ...feed.found,
        nameCrc: this.#nameCrc,
        dataSize: this.#home?.size ?? 0,
        samples: yield* this.#judge.samples(feed.found.records),
      });
      const hidden = this.#place.hidden || entry !== this.#place.entry;
      return yield* this.#reopen({ entry, hidden }, feed.found.records);
    } finally {
      yield* build.discard();
    }
  }

  /** Opens what was just written; it may be another program's by now, and is judged again then. */
  *#reopen(place: KeysPlace, records: number): StepPlan<OpenedKeys> {
    const file = yield* this.#inspect(place.entry);
    const { source, header } = file;
    const own = header?.nameCrc === this.#nameCrc && header.records === records;
    if (source !== undefined && header !== undefined && own) {
      try {
        return { index: yield* this.#load(source, header), place };
      } catch (error) {
        yield* close(source);
        throw error;
      }
    }
    if (source !== undefined) yield* close(source);
    // Programs that disagree would go on replacing each other's for ever.
    const mine = { entry: privatePlace(place.entry.name), hidden: true };
    return yield* new KeysOpening(this.#reader, this.#options, mine).run(true);
  }
}

/** Whether a file is a key index, or the beginning of one. */
function isOurs(bytes: Uint8Array): boolean {
  return isKeyIndex(bytes);
}

function foreign(source: ByteSource, bytes: Uint8Array): NthrecError {
  // A pickle begins with its protocol number; nothing here can run one.
  const pickle = bytes[0] === 0x80 && (bytes[1] as number) >= 2 && (bytes[1] as number) <= 5;
  const kind = pickle ? "a Python pickle, which is never loaded" : "another program's";
  const message = `${source.name} is no key index but ${kind}: name another place with indexFile`;
  return new NthrecError("NTH_INDEX_FOREIGN", message, { source: source.name });
}
