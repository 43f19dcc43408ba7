import { closeSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { KEY_BYTES } from "./order-keys.ts";

/** A key, and the length of what follows. */
export const ITEM_HEAD_BYTES: number = KEY_BYTES + 6;
const BUFFER_BYTES = 64 * 1024;

/** Records whose keys begin with numbers of one range, in a file of their own. */
export class BucketFile {
  readonly path: string;
  /** Keys begin with numbers from here … */
  readonly from: number;
  /** … to before here. */
  readonly to: number;
  #bytes = 0;
  #items = 0;
  #file: number | undefined;
  #buffer: Buffer | undefined;
  #filled = 0;

  constructor(path: string, from: number, to: number) {
    this.path = path;
    this.from = from;
    this.to = to;
  }

  /** Bytes of the file. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Records in it. */
  get items(): number {
    return this.#items;
  }

  /** Memory that one takes while it is filled, bytes. */
  static get bufferBytes(): number {
    return BUFFER_BYTES;
  }

  add(key: Buffer, item: Uint8Array): void {
    const size = ITEM_HEAD_BYTES + item.length;
    if (this.#filled + size > BUFFER_BYTES) this.#flush();
    this.#items++;
    this.#bytes += size;
    const large = size > BUFFER_BYTES;
    this.#buffer ??= Buffer.allocUnsafeSlow(BUFFER_BYTES);
    key.copy(this.#buffer, this.#filled);
    this.#buffer.writeUIntLE(item.length, this.#filled + KEY_BYTES, 6);
    this.#filled += ITEM_HEAD_BYTES;
    if (large) {
      this.#flush();
      this.#write(item);
    } else {
      this.#buffer.set(item, this.#filled);
      this.#filled += item.length;
    }
  }

  /** Ends the filling. */
  seal(): void {
    this.#flush();
    this.#buffer = undefined;
    this.#close();
  }

  /** Reads all of it into `target`. */
  readInto(target: Buffer): void {
    const file = openSync(this.path, "r");
    try {
      for (let at = 0; at < this.#bytes; ) {
        const got = readSync(file, target, at, Math.min(this.#bytes - at, 2 ** 30), at);
        if (got === 0) throw new Error(`${this.path} was cut while it was read`);
        at += got;
      }
    } finally {
      closeSync(file);
    }
  }

  /** The records one by one, with little memory: for a file that is dealt out again. */
  *each(): Generator<{ readonly key: Buffer; readonly item: Uint8Array }> {
    const file = openSync(this.path, "r");
    const head = Buffer.alloc(ITEM_HEAD_BYTES);
    try {
      for (let at = 0; at < this.#bytes; ) {
        readSync(file, head, 0, ITEM_HEAD_BYTES, at);
        const item = Buffer.allocUnsafeSlow(head.readUIntLE(KEY_BYTES, 6));
        readSync(file, item, 0, item.length, at + ITEM_HEAD_BYTES);
        at += ITEM_HEAD_BYTES + item.length;
        yield { key: head.subarray(0, KEY_BYTES), item };
      }
    } finally {
      closeSync(file);
    }
  }

  remove(): void {
    this.#close();
    rmSync(this.path, { force: true });
  }

  #flush(): void {
    if (this.#filled === 0) return;
    this.#write((this.#buffer as Buffer).subarray(0, this.#filled));
    this.#filled = 0;
  }

  #write(bytes: Uint8Array): void {
    this.#file ??= openSync(this.path, "w");
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
  }

  #close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}
