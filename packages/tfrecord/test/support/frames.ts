import { createHash } from "node:crypto";
import { MemoryStore } from "@nthrec/core";
import { TFRecordWriter } from "../../src/index.ts";

/** A TFRecord file with these records. */
export function fileOf(records: Iterable<Uint8Array>): Uint8Array {
  const store = new MemoryStore();
  {
    using writer = TFRecordWriter.openSync({ store, name: "data" });
    writer.extendSync(records);
  }
  return bytesIn(store, "data");
}

/** The bytes of an entry. */
export function bytesIn(store: MemoryStore, name: string): Uint8Array {
  const source = store.openSync(name);
  return new Uint8Array(source.readSync(0, source.size));
}

/** `size` bytes of value `value`. */
export function filled(size: number, value = 0x61): Uint8Array {
  return new Uint8Array(size).fill(value);
}

/** Where each record of a sound file begins, found without the code under test. */
export function walk(file: Uint8Array): number[] {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const offsets: number[] = [];
  for (let at = 0; at < file.length; at += 16 + Number(view.getBigUint64(at, true)))
    offsets.push(at);
  return offsets;
}

/** Bytes as a test compares them: long arrays take a runner minutes. */
export function print(bytes: Uint8Array): string {
  return `${bytes.length} bytes, ${createHash("sha1").update(bytes).digest("hex")}`;
}

/** {@link print} for each of several. */
export function prints(list: Iterable<Uint8Array>): string[] {
  return Array.from(list, print);
}
