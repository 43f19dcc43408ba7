import {
  type ByteSource,
  type ByteStore,
  type DataInput,
  entryOf,
  NthrecError,
  openSource,
  type SourceOptions,
  type StoreEntry,
} from "@nthrec/core";
import { crc32c } from "../crc32c/crc32c.ts";
import { type Compression, compressionOf, TELLING_BYTES } from "./compression.ts";
import { copiesIn, InflateCache } from "./inflate-cache.ts";
import type { InflatePlace } from "./inflate-place.ts";
import { inflated, piecesOf } from "./inflated.ts";

const MOST_MEMORY_BYTES = 2 ** 31 - 1;

/** How data that may be compressed are opened. */
export interface InflateOptions extends SourceOptions {
  readonly inflate?: InflatePlace | undefined;
}

/**
 * Data in which records can be read by number: the data themselves, or what a compressed file is inflated to, if
 * `inflate` says where to.
 *
 * @param only The one compression that is looked for; a file compressed otherwise is taken as it is
 */
export async function plainData(
  data: DataInput,
  { inflate: place, signal, io, http }: InflateOptions = {},
  only?: Compression,
): Promise<DataInput> {
  if (place === undefined) return data;
  const options = { signal, io, http };
  const source = await openSource(data, options);
  try {
    const first = await source.read(0, Math.min(TELLING_BYTES, source.size), { signal });
    const compression = compressionOf(first);
    if (compression === undefined || compression !== (only ?? compression)) return data;
    const memory = memoryOf(place);
    if (memory !== undefined) return await inMemory(source, compression, memory, signal);
    const entry = entryBehind(data, options);
    const copies = await copiesOf(place as FilePlace, entry, source);
    return await new InflateCache(copies, options).entry(entry, source, compression);
  } finally {
    if (source !== data) await source.close();
  }
}

/** A place that is a file's. */
type FilePlace = "beside" | { readonly folder: string | URL | ByteStore };

/** The most bytes that are inflated into memory; `undefined` where they go to a file. */
function memoryOf(place: InflatePlace): number | undefined {
  if (place === "beside") return undefined;
  if (place === "memory") return MOST_MEMORY_BYTES;
  if (typeof place === "object" && "folder" in place) return undefined;
  if (typeof place === "object" && typeof place.memory?.maxBytes === "number")
    return place.memory.maxBytes;
  throw new TypeError(
    `inflate is "beside", "memory", { folder } or { memory: { maxBytes } }, not ${String(place)}`,
  );
}

/** The entry that the data are, if they have a name in a store. */
function entryBehind(data: DataInput, { http }: SourceOptions): StoreEntry | undefined {
  if (typeof data === "string" || data instanceof URL) return entryOf(data, http);
  return typeof data === "object" && "store" in data ? data : undefined;
}

async function copiesOf(
  place: FilePlace,
  entry: StoreEntry | undefined,
  source: ByteSource,
): Promise<StoreEntry> {
  if (place !== "beside") {
    const sum = crc32c(new TextEncoder().encode(source.name)).toString(16).padStart(8, "0");
    return copiesIn(place.folder, source.name, sum);
  }
  if (entry !== undefined) return entry;
  const message = `nothing lies beside ${source.name}: name a place with inflate: { folder }, or inflate: "memory"`;
  throw new NthrecError("NTH_NOT_SUPPORTED", message, { source: source.name });
}

async function inMemory(
  source: ByteSource,
  compression: Compression,
  maxBytes: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of inflated(piecesOf(source, signal), compression)) {
    size += piece.length;
    if (size > maxBytes) {
      const message = `${source.name} inflates to more than ${maxBytes} bytes: inflate it to a file`;
      throw new NthrecError("NTH_NOT_SUPPORTED", message, { source: source.name });
    }
    pieces.push(piece);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
