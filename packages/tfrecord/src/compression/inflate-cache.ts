import {
  type ByteSink,
  type ByteSource,
  type ByteStore,
  decodeUtf8,
  entryOf,
  isNthrecError,
  NthrecError,
  type SourceOptions,
  type StoreEntry,
} from "@nthrec/core";
import { uniqueName } from "../names.ts";
import type { Compression } from "./compression.ts";
import { inflated, piecesOf } from "./inflated.ts";
import { sampleCrc, sourceId } from "./source-id.ts";

/** What follows the name and the identity of a compressed file in the name of its inflated copy. */
const SUFFIX = ".plain";
/** What follows that in the name of the note that says what the copy must be. */
const NOTE_SUFFIX = ".json";
const NOTE_VERSION = 1;

/** What must be true of an inflated copy. */
interface Note {
  readonly version: number;
  readonly bytes: number;
  /** CRC-32C of samples of it. */
  readonly samples: string;
}

/**
 * Inflates a file into a copy in a folder, unless a sound one of exactly this file is there. The name of the copy
 * holds the identity of the file, so that two processes that inflate at once write the same, and a file that changed
 * gets a new one.
 */
export class InflateCache {
  readonly #store: ByteStore;
  /** Names of all copies of this file begin with it. */
  readonly #prefix: string;
  readonly #options: SourceOptions;

  constructor({ store, name }: StoreEntry, options: SourceOptions) {
    this.#store = store;
    this.#prefix = `${name}.`;
    this.#options = options;
  }

  /** The copy, which is made if it must be. */
  async entry(
    data: StoreEntry | undefined,
    source: ByteSource,
    compression: Compression,
  ): Promise<StoreEntry> {
    const { signal } = this.#options;
    const id = await sourceId(data, source, signal);
    const name = `${this.#prefix}${id}${SUFFIX}`;
    if (await this.#holds(name)) return { store: this.#store, name };
    await this.#inflate(name, source, compression);
    if ((await sourceId(data, source, signal)) !== id) {
      await this.#remove([name + NOTE_SUFFIX, name]);
      const message = `${source.name} was changed while it was inflated: open it again`;
      throw new NthrecError("NTH_SOURCE_CHANGED", message, { source: source.name });
    }
    await this.#clean(name);
    return { store: this.#store, name };
  }

  /** Whether a copy is there, whole. */
  async #holds(name: string): Promise<boolean> {
    try {
      const note = await this.#note(name);
      const copy = await this.#store.open(name, this.#options);
      try {
        if (note?.bytes !== copy.size) return false;
        return note.samples === hex(await sampleCrc(copy, 0, this.#options.signal));
      } finally {
        await copy.close();
      }
    } catch (error) {
      if (isNthrecError(error, "NTH_NOT_FOUND")) return false;
      throw error;
    }
  }

  /** The note beside a copy; `undefined` for what is none. */
  async #note(name: string): Promise<Note | undefined> {
    const source = await this.#store.open(name + NOTE_SUFFIX, this.#options);
    try {
      const text = decodeUtf8(await source.read(0, Math.min(source.size, 4096), this.#options));
      const note = JSON.parse(text) as Note | null;
      return note?.version === NOTE_VERSION ? note : undefined;
    } catch (error) {
      if (error instanceof SyntaxError) return undefined;
      throw error;
    } finally {
      await source.close();
    }
  }

  /** Writes copy and note under names of their own, and moves them into place when they are whole and on disk. */
  async #inflate(name: string, source: ByteSource, compression: Compression): Promise<void> {
    const temporary = `${name}.tmp-${uniqueName()}`;
    try {
      const bytes = await this.#write(
        temporary,
        inflated(piecesOf(source, this.#options.signal), compression),
      );
      const copy = await this.#store.open(temporary, this.#options);
      const samples = hex(
        await sampleCrc(copy, 0, this.#options.signal).finally(() => copy.close()),
      );
      await this.#store.rename(temporary, name);
      const note: Note = { version: NOTE_VERSION, bytes, samples };
      await this.#write(temporary, [new TextEncoder().encode(JSON.stringify(note))]);
      await this.#store.rename(temporary, name + NOTE_SUFFIX);
    } catch (error) {
      await this.#remove([temporary]);
      throw error;
    }
  }

  async #write(
    name: string,
    pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  ): Promise<number> {
    const sink: ByteSink = await this.#store.create(name);
    let at = 0;
    try {
      for await (const piece of pieces) {
        await sink.write(at, piece, this.#options);
        at += piece.length;
      }
      await sink.flush();
    } finally {
      await sink.close();
    }
    return at;
  }

  /** Removes copies of what the file was before, with their notes and indexes. */
  async #clean(kept: string): Promise<void> {
    const old: string[] = [];
    for await (const name of this.#store.list()) {
      const rest = name.startsWith(this.#prefix) ? name.slice(this.#prefix.length) : "";
      if (/^[0-9a-f]{8}-[0-9a-z]+\.plain/.test(rest) && !name.startsWith(kept)) old.push(name);
    }
    await this.#remove(old);
  }

  /** A copy that another process has open may stay, on some platforms; the next cleaning finds it. */
  async #remove(names: readonly string[]): Promise<void> {
    await Promise.allSettled(names.map((name) => this.#store.remove(name)));
  }
}

/**
 * The place of the copies of a file in a folder. In a folder that is not its own, files of one name meet: a part of
 * the whole name keeps them apart.
 */
export function copiesIn(folder: string | URL | ByteStore, name: string, sum: string): StoreEntry {
  const base =
    name
      .replace(/[?#].*$/, "")
      .split(/[/\\]/)
      .at(-1) ?? "";
  const own = `${base.replace(/[^\w.-]/g, "_") || "data"}.${sum}`;
  if (typeof folder === "string") return entryOf(`${folder.replace(/[/\\]$/, "") || "/"}/${own}`);
  if (!(folder instanceof URL)) return { store: folder, name: own };
  return entryOf(new URL(own, folder.href.endsWith("/") ? folder : `${folder.href}/`));
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, "0");
}
