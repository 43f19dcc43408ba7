import { beforeEach, expect, test } from "vitest";
import {
  BaseIndexedWriter,
  type ByteWriter,
  buildIndex,
  MemoryStore,
  NthrecError,
  type StoreEntry,
  type SyncByteStore,
  verifyIndex,
} from "../../src/index.ts";
import { openShards } from "../../src/shards/index.ts";
import { LineReader } from "../support/line-format.ts";

// Each verb that may wait loads what a format needs, whatever was called before it.

const loaded = { reading: false, writing: false };

function need(ready: boolean): void {
  if (!ready) throw new NthrecError("NTH_NOT_SUPPORTED", "await prepare() once");
}

class LoadedReader extends LineReader {
  static async prepare(): Promise<void> {
    loaded.reading = true;
  }

  protected override _get(bytes: Uint8Array, index: number): string {
    need(loaded.reading);
    return super._get(bytes, index);
  }
}

class LoadedWriter extends BaseIndexedWriter<string> {
  static readonly Reader = LoadedReader;

  static async prepare(): Promise<void> {
    loaded.reading = loaded.writing = true;
  }

  protected override _append(value: string, out: ByteWriter): void {
    need(loaded.writing);
    out.bytes(new TextEncoder().encode(`${value}\n`));
  }

  protected override _commit(): void {}

  protected override _copy(frame: Uint8Array, value: string, out: ByteWriter): void {
    need(loaded.writing);
    super._copy(frame, value, out);
  }
}

let file: StoreEntry<SyncByteStore>;

beforeEach(async () => {
  file = { store: new MemoryStore(), name: "data" };
  const writer = await LoadedWriter.open(file);
  await writer.extend(["a", "b"]);
  await writer.close();
  loaded.reading = loaded.writing = false;
});

test.each<[string, () => Promise<unknown>, unknown]>([
  ["open of a reader", async () => await (await LoadedReader.open(file)).get(1), "b"],
  ["openShards", async () => await (await openShards(LoadedReader, [file])).get(1), "b"],
  ["verifyIndex", async () => (await verifyIndex(LoadedReader, file)).ok, true],
  ["buildIndex", async () => await buildIndex(LoadedReader, file, { anew: true }), 2],
  ["repair", async () => (await LoadedWriter.repair(file, { inPlace: true })).kept, 2],
])("%s", async (_verb, run, answer) => {
  expect(await run()).toEqual(answer);
});

test("verbs that end in Sync do not", () => {
  expect(() => LoadedReader.openSync(file).getSync(1)).toThrow(
    expect.objectContaining({ code: "NTH_NOT_SUPPORTED" }),
  );
});
