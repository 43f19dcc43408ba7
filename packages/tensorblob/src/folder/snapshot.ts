import {
  type ByteSource,
  type ByteStore,
  isNthrecError,
  NthrecError,
  type StoreOpenOptions,
  type SyncByteSource,
  type SyncByteStore,
} from "@nthrec/core";
import { encodeHeader } from "../stream/header.ts";
import { BlockCache } from "./block-cache.ts";
import { type BlockList, decodeBlockList, listOf } from "./block-list.ts";
import { type Blocks, BlocksSource, SyncBlocksSource } from "./blocks-source.ts";
import { type BlobConf, CONF_NAME, decodeConf } from "./conf.ts";
import { type BlobStat, STAT_NAME } from "./stat.ts";

/** How a blob's folder is opened. */
export interface SnapshotOptions extends StoreOpenOptions {
  /** Block files kept open at a time. @default 64 */
  readonly maxCachedBlocks?: number | undefined;
  /** The state to open. @default the published one */
  readonly stat?: BlobStat | undefined;
}

/** A blob's folder as one source: a header and its tensors, whatever blocks they lie in. */
export async function openSnapshot(
  folder: ByteStore,
  options: SnapshotOptions = {},
): Promise<ByteSource> {
  const { confText, text } = await readBoth(folder, options);
  const conf = decodeConf(confText, pathOf(folder, CONF_NAME));
  const stat = blocksOf(folder, conf, text, options);
  const opener = {
    open: async (number: number) => {
      try {
        return await sized(await folder.open(stat.nameOf(number), options), conf, stat, number);
      } catch (error) {
        const now = await readAll(folder, STAT_NAME, options).catch(() => undefined);
        throw explain(error, folder, { conf, stat, number, replaced: !same(now, text) });
      }
    },
  };
  const cache = new BlockCache(opener, options.maxCachedBlocks);
  return new BlocksSource(streamOf(folder, conf, stat, cache));
}

/** {@link openSnapshot}, before it returns. */
export function openSnapshotSync(
  folder: SyncByteStore,
  options: SnapshotOptions = {},
): SyncByteSource {
  const { confText, text } = readBothSync(folder);
  const conf = decodeConf(confText, pathOf(folder, CONF_NAME));
  const stat = blocksOf(folder, conf, text, options);
  const openSync = (number: number): SyncByteSource => {
    try {
      return sizedSync(folder.openSync(stat.nameOf(number), options), conf, stat, number);
    } catch (error) {
      const replaced = !same(tryReadAllSync(folder, STAT_NAME), text);
      throw explain(error, folder, { conf, stat, number, replaced });
    }
  };
  const cache = new BlockCache(
    { openSync, open: async (number) => openSync(number) },
    options.maxCachedBlocks,
  );
  return new SyncBlocksSource(streamOf(folder, conf, stat, cache));
}

/** A configuration and a state that belong together. */
interface Both {
  readonly confText: Uint8Array;
  readonly text: Uint8Array;
}

/** Where another blob takes the place, both files change: the first must still be there after the second. */
async function readBoth(folder: ByteStore, options: StoreOpenOptions): Promise<Both> {
  let confText = await readAll(folder, CONF_NAME, options);
  for (;;) {
    const text = await readAll(folder, STAT_NAME, options);
    const again = await readAll(folder, CONF_NAME, options);
    if (same(confText, again)) return { confText, text };
    confText = again;
  }
}

/** {@link readBoth}, before it returns. */
function readBothSync(folder: SyncByteStore): Both {
  let confText = readAllSync(folder, CONF_NAME);
  for (;;) {
    const text = readAllSync(folder, STAT_NAME);
    const again = readAllSync(folder, CONF_NAME);
    if (same(confText, again)) return { confText, text };
    confText = again;
  }
}

/** Reads a small file of a folder whole. */
export async function readAll(
  folder: ByteStore,
  name: string,
  options?: StoreOpenOptions,
): Promise<Uint8Array> {
  const source = await folder.open(name, { signal: options?.signal });
  try {
    return await source.read(0, source.size, { signal: options?.signal });
  } finally {
    await source.close();
  }
}

/** {@link readAll}, before it returns. */
export function readAllSync(folder: SyncByteStore, name: string): Uint8Array {
  const source = folder.openSync(name);
  try {
    return source.readSync(0, source.size);
  } finally {
    source.closeSync();
  }
}

/** {@link readAllSync}, or `undefined` for a file that is not there. */
export function tryReadAllSync(folder: SyncByteStore, name: string): Uint8Array | undefined {
  try {
    return readAllSync(folder, name);
  } catch (error) {
    if (isNthrecError(error, "NTH_NOT_FOUND")) return undefined;
    throw error;
  }
}

/** A file of a folder, as messages name it. */
export function pathOf(folder: ByteStore, name: string): string {
  return `${folder.name.replace(/\/$/, "")}/${name}`;
}

function blocksOf(
  folder: ByteStore,
  conf: BlobConf,
  text: Uint8Array,
  { stat }: SnapshotOptions,
): BlockList {
  if (stat !== undefined) return listOf(stat);
  return decodeBlockList(text, conf, pathOf(folder, STAT_NAME));
}

function streamOf(folder: ByteStore, conf: BlobConf, stat: BlockList, cache: BlockCache): Blocks {
  const { rowBytes, blockSize } = conf;
  return {
    name: folder.name,
    header: encodeHeader(conf),
    bytes: stat.length * rowBytes,
    blockBytes: blockSize * rowBytes,
    cache,
  };
}

/** Bytes of block `number` that tensors fill. */
function used(conf: BlobConf, stat: BlockList, number: number): number {
  return Math.min(conf.blockSize, stat.length - number * conf.blockSize) * conf.rowBytes;
}

async function sized(
  source: ByteSource,
  conf: BlobConf,
  stat: BlockList,
  number: number,
): Promise<ByteSource> {
  if (source.size >= used(conf, stat, number)) return source;
  await source.close();
  throw short(source, conf, stat, number);
}

function sizedSync(
  source: SyncByteSource,
  conf: BlobConf,
  stat: BlockList,
  number: number,
): SyncByteSource {
  if (source.size >= used(conf, stat, number)) return source;
  source.closeSync();
  throw short(source, conf, stat, number);
}

function short(source: ByteSource, conf: BlobConf, stat: BlockList, number: number): NthrecError {
  const { name, size } = source;
  return new NthrecError(
    "NTH_TRUNCATED",
    `block ${number} (${name}) has ${size} bytes, but its tensors need ${used(conf, stat, number)}`,
    { source: name, offset: size },
  );
}

interface Missing {
  readonly conf: BlobConf;
  readonly stat: BlockList;
  readonly number: number;
  /** Whether the blob's state is another one by now. */
  readonly replaced: boolean;
}

/** What it means that a block could not be opened. */
function explain(error: unknown, folder: ByteStore, missing: Missing): unknown {
  const { conf, stat, number, replaced } = missing;
  if (!isNthrecError(error, "NTH_NOT_FOUND", "NTH_TRUNCATED")) return error;
  const first = number * conf.blockSize;
  const last = Math.min(first + conf.blockSize, stat.length) - 1;
  if (replaced) {
    return new NthrecError(
      "NTH_SOURCE_CHANGED",
      `${folder.name} was rewritten since it was opened: refresh() or open it again`,
      { source: folder.name, cause: error },
    );
  }
  return new NthrecError(
    "NTH_DATA_LOST",
    `tensors ${first} to ${last} of ${folder.name} are lost: ${error.message}`,
    { source: folder.name, index: first, cause: error },
  );
}

/** Whether two files have the same bytes. */
export function same(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
