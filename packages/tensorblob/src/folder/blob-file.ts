import type { EntryStat, LiveFile } from "@nthrec/core";
import { encodeHeader } from "../stream/header.ts";
import type { BlobFolder } from "./blob-folder.ts";
import type { BlobConf } from "./conf.ts";
import type { BlobStat } from "./stat.ts";

/** A state of a blob as one file, which the journal reads, appends to and flushes. */
export abstract class BlobFile implements LiveFile {
  readonly name: string;
  readonly conf: BlobConf;
  protected readonly _folder: BlobFolder;
  protected readonly _header: Uint8Array;

  constructor(name: string, folder: BlobFolder, conf: BlobConf) {
    this.name = name;
    this.conf = conf;
    this._folder = folder;
    this._header = encodeHeader(conf);
  }

  /** The state. */
  abstract get stat(): BlobStat;
  abstract statSync(): EntryStat;
  abstract writeSync(position: number, bytes: Uint8Array): void;
  abstract truncateSync(size: number): void;

  readSync(start: number, end: number): Uint8Array {
    return readRows(this._folder, this.conf, this.stat, this._header, start, end);
  }

  appendSync(bytes: Uint8Array): void {
    this.writeSync(this.statSync().size, bytes);
  }

  flush(): Promise<void> {
    return this._folder.flush();
  }

  flushSync(): void {
    this._folder.flushSync();
  }

  closeSync(): void {
    this._folder.closeSync();
  }

  [Symbol.dispose](): void {
    this.closeSync();
  }
}

/** Bytes of a state's stream. */
function readRows(
  folder: BlobFolder,
  conf: BlobConf,
  stat: BlobStat,
  header: Uint8Array,
  start: number,
  end: number,
): Uint8Array {
  const target = new Uint8Array(end - start);
  if (start < header.length) target.set(header.subarray(start, end));
  const blockBytes = conf.blockSize * conf.rowBytes;
  let at = Math.max(start, header.length) - header.length;
  const stop = end - header.length;
  while (at < stop) {
    const number = Math.floor(at / blockBytes);
    const from = at - number * blockBytes;
    const to = Math.min(blockBytes, stop - number * blockBytes);
    target.set(
      folder.blocks.read(stat.blocks[number] as string, from, to),
      at + header.length - start,
    );
    at += to - from;
  }
  return target;
}
