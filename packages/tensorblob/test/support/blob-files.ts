import type {
  ByteSink,
  EntryStat,
  LiveFile,
  LiveStore,
  StoreLock,
  SyncByteSink,
  SyncByteSource,
} from "@nthrec/core";
import { BlobFolder } from "../../src/folder/blob-folder.ts";
import { CONF_NAME, confOf } from "../../src/folder/conf.ts";
import { LiveTensorStore } from "../../src/folder/live-tensor-store.ts";
import { type BlobStat, uuid } from "../../src/folder/stat.ts";
import { decodeHeader, encodeHeader, headerLength } from "../../src/stream/header.ts";

/**
 * A store in which each blob is one entry: the header of the stream form, then the bytes of its blocks. What is put or
 * changed here is put by nobody's writer: it is in the blocks in place, whole tensors or not, as damage is. A name
 * without a dot is a blob's.
 */
export class BlobFiles implements LiveStore {
  readonly name: string;
  readonly outer: LiveStore;
  readonly #blockSize: number;

  constructor(outer: LiveStore, blockSize: number) {
    this.name = outer.name;
    this.outer = outer;
    this.#blockSize = blockSize;
  }

  async open(name: string): Promise<SyncByteSource> {
    return this.openSync(name);
  }

  openSync(name: string): SyncByteSource {
    return this.#blob(name).openSync(name);
  }

  async create(name: string): Promise<ByteSink> {
    return this.createSync(name);
  }

  createSync(name: string): SyncByteSink {
    if (!isBlob(name)) return this.outer.createSync(name);
    this.removeSync(name);
    return new NewBlob(name, (bytes) => this.#put(name, bytes)) as unknown as SyncByteSink;
  }

  async *list(): AsyncIterable<string> {
    yield* this.listSync();
  }

  listSync(): string[] {
    return [...new Set(this.outer.listSync().map((name) => name.replace(/\/.*/, "")))];
  }

  async rename(from: string, to: string): Promise<void> {
    this.renameSync(from, to);
  }

  renameSync(from: string, to: string): void {
    this.outer.renameSync(from, to);
  }

  async remove(name: string): Promise<void> {
    this.removeSync(name);
  }

  removeSync(name: string): void {
    if (!isBlob(name)) {
      this.outer.removeSync(name);
      return;
    }
    this.#folder(name).unlink();
    this.outer.removeFolderSync?.(name);
  }

  statSync(name: string): EntryStat | undefined {
    return this.#blob(name).statSync(name);
  }

  editSync(name: string, options?: { readonly create?: boolean }): LiveFile {
    if (!isBlob(name)) return this.outer.editSync(name, options);
    return new DamagedBlob(this.#blob(name).editSync(name), this.#inner(name));
  }

  lock(name: string): StoreLock {
    return this.outer.lock(name);
  }

  #blob(name: string): LiveStore {
    return isBlob(name) ? new LiveTensorStore(this.outer, name) : this.outer;
  }

  #inner(name: string): LiveStore {
    return this.outer.folder?.(name) as LiveStore;
  }

  #folder(name: string): BlobFolder {
    return new BlobFolder(this.#inner(name));
  }

  /** Bytes that need not be whole: the last tensor may be cut, and a header that is none is a `.conf` that is none. */
  #put(name: string, bytes: Uint8Array): void {
    let begin: number;
    let conf: ReturnType<typeof confOf>;
    try {
      begin = headerLength(bytes, name);
      conf = confOf(decodeHeader(bytes.subarray(0, begin), name), this.#blockSize);
    } catch {
      write(this.#inner(name), CONF_NAME, bytes);
      return;
    }
    const blockBytes = conf.blockSize * conf.rowBytes;
    const blocks: string[] = [];
    for (let at = begin; at < bytes.length; at += blockBytes) {
      blocks.push(uuid());
      write(this.#inner(name), blocks.at(-1) as string, bytes.subarray(at, at + blockBytes));
    }
    const stat: BlobStat = { length: Math.ceil((bytes.length - begin) / conf.rowBytes), blocks };
    this.#folder(name).replace(conf, stat);
  }
}

/** A new blob, whose bytes are put when it is closed. */
class NewBlob {
  readonly name: string;
  readonly #put: (bytes: Uint8Array) => void;
  #bytes = new Uint8Array(0);

  constructor(name: string, put: (bytes: Uint8Array) => void) {
    this.name = name;
    this.#put = put;
  }

  writeSync(position: number, bytes: Uint8Array): void {
    const grown = new Uint8Array(Math.max(this.#bytes.length, position + bytes.length));
    grown.set(this.#bytes);
    grown.set(bytes, position);
    this.#bytes = grown;
  }

  closeSync(): void {
    this.#put(this.#bytes);
  }
}

/** A blob as a bad disk or a careless program changes it: in place, whatever its `.stat` says. */
class DamagedBlob implements LiveFile {
  readonly name: string;
  readonly #file: LiveFile;
  readonly #folder: LiveStore;

  constructor(file: LiveFile, folder: LiveStore) {
    this.name = file.name;
    this.#file = file;
    this.#folder = folder;
  }

  statSync(): EntryStat {
    return this.#file.statSync();
  }

  readSync(start: number, end: number): Uint8Array {
    return this.#file.readSync(start, end);
  }

  /** Whole tensors of another program, which publishes them as the original does: without lock and seal. */
  appendSync(bytes: Uint8Array): void {
    this.#file.appendSync(bytes);
    this.#file.publishSync?.();
  }

  writeSync(position: number, bytes: Uint8Array): void {
    const { begin, blockBytes, blocks } = this.#layout();
    for (const [i, byte] of bytes.entries()) {
      const at = position + i - begin;
      if (at < 0) {
        write(this.#folder, CONF_NAME, bytes);
        return;
      }
      const file = this.#folder.editSync(blocks[Math.floor(at / blockBytes)] as string);
      file.writeSync(at % blockBytes, Uint8Array.of(byte));
      file.closeSync();
    }
  }

  truncateSync(size: number): void {
    const { begin, blockBytes, blocks } = this.#layout();
    if (size < begin) write(this.#folder, CONF_NAME, new Uint8Array(0));
    for (const [number, name] of blocks.entries()) {
      const rest = size - begin - number * blockBytes;
      if (rest <= 0) this.#folder.removeSync(name);
      else if (rest < blockBytes) {
        const file = this.#folder.editSync(name);
        if (file.statSync().size > rest) file.truncateSync(rest);
        file.closeSync();
      }
    }
  }

  async flush(): Promise<void> {}

  flushSync(): void {}

  closeSync(): void {
    this.#file.closeSync();
  }

  [Symbol.dispose](): void {
    this.closeSync();
  }

  #layout(): { begin: number; blockBytes: number; blocks: readonly string[] } {
    const folder = new BlobFolder(this.#folder);
    const conf = folder.conf();
    const { blocks } = folder.stat(conf);
    return {
      begin: encodeHeader(conf).length,
      blockBytes: conf.blockSize * conf.rowBytes,
      blocks,
    };
  }
}

/** What lies beside a blob has its name and a dot behind it. */
function isBlob(name: string): boolean {
  return !name.includes(".");
}

function write(folder: LiveStore, name: string, bytes: Uint8Array): void {
  const sink = folder.createSync(name);
  sink.writeSync(0, bytes);
  sink.closeSync();
}
