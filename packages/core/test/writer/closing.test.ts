import { expect, test } from "vitest";
import { type ByteWriter, MemorySink, MemoryStore, type WriterOptions } from "../../src/index.ts";
import { disk } from "../support/crash.ts";
import { FaultStore, Killed } from "../support/fault-store.ts";
import { FootedReader, FootedWriter } from "../support/footed-format.ts";

/** Writes the footer when it closes, and not before. */
class LateWriter extends FootedWriter {
  commits: [length: number, closing: boolean][] = [];
  #finished = true;

  protected override _commit(out: ByteWriter, length: number, closing = false): void {
    this.commits.push([length, closing]);
    this.#finished = closing;
    if (closing) super._commit(out, length);
    else out.trailer(new Uint8Array(0));
  }

  protected override get unfinished(): boolean {
    return !this.#finished;
  }
}

const blob = (size: number): Uint8Array => new Uint8Array(size).fill(size);
const blobs = [3, 0, 7, 200].map(blob);

const modes: [string, WriterOptions][] = [
  ["write", { mode: "write" }],
  ["exclusive", { mode: "append", exclusive: true }],
  ["shared", { mode: "append" }],
];

test.each(modes)("%s: closing completes what commits left open", async (_, options) => {
  const store = new MemoryStore();
  const entry = { store, name: "file" };
  const footer = async (): Promise<number | undefined> => {
    await using reader = await FootedReader.open(entry, { tail: "ignore", index: "memory" });
    return reader.count;
  };
  const writer = await LateWriter.open(entry, options);
  for (const value of blobs.slice(0, 3)) {
    await writer.append(value);
    await writer.commit();
    expect(await footer()).toBeUndefined();
  }
  const handle = writer.share();
  await writer.close();
  expect(await footer()).toBeUndefined();
  await handle.append(blobs[3] as Uint8Array);
  await handle.commit();
  expect(await footer()).toBeUndefined();
  await handle.close();
  expect(await footer()).toBe(4);
  await using reader = await FootedReader.open(entry);
  expect([...reader]).toEqual(blobs);
});

test.each(modes)("%s: with records, or with nothing new, and not twice", async (_, options) => {
  const store = new MemoryStore();
  const entry = { store, name: "file" };
  const writer = LateWriter.openSync(entry, options);
  for (const value of blobs) writer.appendSync(value);
  writer.closeSync();
  writer.closeSync();
  // A shared writer commits with every record; then nothing is left but the footer.
  expect(writer.commits.at(-1)).toEqual([4, true]);
  expect(writer.commits.filter(([, closing]) => closing).length).toBe(1);
  using reader = FootedReader.openSync(entry);
  expect(reader.count).toBe(4);
  expect([...reader]).toEqual(blobs);
  // Whoever commits nothing leaves the file as it is.
  const idle = LateWriter.openSync(entry, { ...options, mode: "append" });
  idle.closeSync();
  expect(idle.commits).toEqual([]);
});

test("a sink is completed, too", async () => {
  const sink = new MemorySink();
  const writer = await LateWriter.open(sink);
  await writer.extend(blobs.slice(0, 2));
  await writer.commit();
  await writer.close();
  expect(writer.commits).toEqual([
    [2, false],
    [2, true],
  ]);
  await using reader = await FootedReader.open(sink.toBytes());
  expect(reader.count).toBe(2);
});

test("who dies before has lost nothing, and the next one completes the file", async () => {
  const store = new MemoryStore();
  const entry = { store, name: "file" };
  const first = await LateWriter.open(entry, { mode: "append", exclusive: true });
  await first.extend(blobs.slice(0, 2));
  await first.commit();
  await first.append(blob(9));
  // Nothing of its last batch is published.
  await first.abort();
  await using unfinished = await FootedReader.open(entry, { index: "memory" });
  expect([unfinished.length, unfinished.count]).toEqual([2, undefined]);
  const next = await LateWriter.open(entry, { mode: "append" });
  await next.extend(blobs.slice(2));
  await next.close();
  await using reader = await FootedReader.open(entry);
  expect(reader.count).toBe(4);
  expect([...reader]).toEqual(blobs);
});

test("while a commit takes the footer away readers see the file that was closed", async () => {
  // What is appended is shorter than the footer, so that the file is cut.
  const added = blob(1);
  for (let step = 1; ; step++) {
    const store = disk();
    const entry = { store, name: "file" };
    await using closed = await LateWriter.open(entry, { mode: "append" });
    await closed.extend(blobs.slice(0, 2));
    await closed.close();
    let published = false;
    const dying = new FaultStore(store, ({ step: at, op, name }) => {
      if (at === step) return { kill: 0 };
      const { size } = store.statSync("file") as { size: number };
      // The second slot that is written says that the batch is there.
      if (op === "write" && name === "file.seal") published = size < before;
      return undefined;
    });
    const before = store.statSync("file")?.size as number;
    try {
      const writer = LateWriter.openSync({ store: dying, name: "file" }, { mode: "append" });
      writer.appendSync(added);
      expect(step).toBeGreaterThan(5);
      return;
    } catch (error) {
      expect([error, dying.dead]).toEqual([expect.any(Killed), true]);
    }
    await using reader = await FootedReader.open(entry, { onStaleIndex: "memory" });
    const [length, count] = published ? [3, undefined] : [2, 2];
    expect([reader.length, reader.count], `killed at step ${step}`).toEqual([length, count]);
    expect([...reader]).toEqual([...blobs.slice(0, 2), added].slice(0, length));
  }
});
