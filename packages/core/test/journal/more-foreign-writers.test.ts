import { describe, expect, test } from "vitest";
import { isNthrecError, type MemoryStore, type WriterOptions } from "../../src/index.ts";
import { blobs } from "../support/blobs.ts";
import { CountedReader, CountedWriter } from "../support/counted-format.ts";
import {
  type BlobFormat,
  bytesOf,
  checkContinues,
  disk,
  NAME,
  openWriter,
  readAll,
  show,
} from "../support/crash.ts";
import { type Change, FaultStore } from "../support/fault-store.ts";
import { FootedReader, FootedWriter } from "../support/footed-format.ts";
import { PlainReader, PlainWriter } from "../support/plain-format.ts";

const plain: BlobFormat = { Reader: PlainReader, Writer: PlainWriter };
const counted: BlobFormat = { Reader: CountedReader, Writer: CountedWriter };
const footed: BlobFormat = { Reader: FootedReader, Writer: FootedWriter };
const old = blobs(5, 6);
/** A whole record of another program: length 2, then its bytes. */
const foreign = Uint8Array.of(2, 200, 201);
const foreignRecord = foreign.subarray(1);

function codeOf(verb: () => unknown): string | undefined {
  try {
    verb();
  } catch (error) {
    if (isNthrecError(error)) return error.code;
    throw error;
  }
  return undefined;
}

function appendTo(store: MemoryStore, name: string, bytes: Uint8Array): void {
  const file = store.editSync(name);
  file.appendSync(bytes);
  file.closeSync();
}

/** A file of two records, and a store where another program acts once, just before a change. */
function meeting(
  format: BlobFormat,
  when: (change: Change) => boolean,
  act: (memory: MemoryStore) => void,
  options: WriterOptions = {},
) {
  const memory = disk();
  const before = openWriter(format, memory, { mode: "append", ...options });
  before.extendSync(old);
  before.closeSync();
  let armed = false;
  const store = new FaultStore(memory, (change) => {
    if (armed && when(change)) {
      armed = false;
      act(memory);
    }
    return undefined;
  });
  const writer = openWriter(format, store, { mode: "append", ...options });
  return {
    memory,
    store,
    writer,
    arm: (): void => {
      armed = true;
    },
  };
}

const dataAppend = ({ op, name }: Change): boolean => op === "append" && name === NAME;
const dataWrite = ({ op, name }: Change): boolean => op === "write" && name === NAME;

describe("another program appends in the middle of a recovery", () => {
  /** A second record of its own. */
  const second = Uint8Array.of(2, 210, 211);

  test.each([
    ["the offsets are written", ({ op, name }: Change) => op === "write" && name === `${NAME}.idx`],
    ["the seal is written", ({ op, name }: Change) => op === "write" && name === `${NAME}.seal`],
  ] as const)("just before %s: nothing is lost", (_when, when) => {
    const { memory, writer, arm } = meeting(plain, when, (store) => appendTo(store, NAME, second));
    appendTo(memory, NAME, foreign);
    arm();
    const [ours, last] = blobs(4, 7) as [Uint8Array, Uint8Array];
    const number = writer.appendSync(ours);
    writer.appendSync(last);
    writer.closeSync();
    const all = readAll(plain, memory, { onStaleIndex: "throw" });
    expect(show([...all].sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0)))).toBe(
      show(
        [...old, foreignRecord, second.subarray(1), ours, last].sort(
          (a, b) => (a[0] ?? 0) - (b[0] ?? 0),
        ),
      ),
    );
    expect(all[number]).toEqual(ours);
  });

  test("just before what is torn is cut off: its bytes go to the quarantine, too", () => {
    const when = ({ op, name }: Change): boolean => op === "truncate" && name === NAME;
    const more = Uint8Array.of(2, 220, 221);
    const early = ({ op, name }: Change): boolean => op === "append" && name === `${NAME}.torn`;
    const { memory, writer, arm } = meeting(
      plain,
      (change) => early(change) || when(change),
      (store) => appendTo(store, NAME, more),
    );
    const torn = Uint8Array.of(100, 1, 2);
    appendTo(memory, NAME, torn);
    arm();
    const [ours] = blobs(4) as [Uint8Array];
    writer.appendSync(ours);
    writer.closeSync();
    expect(show(readAll(plain, memory))).toBe(show([...old, ours]));
    const kept = Buffer.from(bytesOf(memory, `${NAME}.torn`));
    for (const bytes of [torn, more]) expect(kept.includes(Buffer.from(bytes))).toBe(true);
  });
});

describe("another program appends in the middle of a commit", () => {
  test.each([{ exclusive: false }, { exclusive: true }])(
    "both records are kept, and ours gets the number of its place, %o",
    (options) => {
      const { memory, writer, arm } = meeting(
        plain,
        dataAppend,
        (each) => appendTo(each, NAME, foreign),
        options,
      );
      arm();
      const [ours] = blobs(9) as [Uint8Array];
      writer.appendSync(ours);
      writer.commitSync();
      expect(writer.length).toBe(4);
      writer.closeSync();
      expect(readAll(plain, memory)).toEqual([...old, foreignRecord, ours]);
    },
  );

  test("a shared append answers the number behind the other's record", () => {
    const { memory, writer, arm } = meeting(plain, dataAppend, (each) =>
      appendTo(each, NAME, foreign),
    );
    arm();
    expect(writer.appendSync(Uint8Array.of(1, 2))).toBe(3);
    writer.closeSync();
    expect(readAll(plain, memory)[3]).toEqual(Uint8Array.of(1, 2));
  });

  test("without an index, too", () => {
    const none = { index: "none" };
    const { memory, writer, arm } = meeting(
      plain,
      dataAppend,
      (each) => appendTo(each, NAME, foreign),
      none,
    );
    arm();
    expect(writer.appendSync(Uint8Array.of(1))).toBe(3);
    expect(writer.appendSync(Uint8Array.of(3))).toBe(4);
    writer.closeSync();
    const all = [...old, foreignRecord, Uint8Array.of(1), Uint8Array.of(3)];
    expect(readAll(plain, memory, { index: "memory" })).toEqual(all);
    expect(memory.listSync()).not.toContain(NAME + PlainReader.indexSuffix);
  });

  test("a record that the other's torn bytes swallowed is not said to be published", () => {
    // A length of 127 whose bytes are not there: what follows is no record of ours any more.
    const { memory, writer, arm } = meeting(plain, dataAppend, (each) =>
      appendTo(each, NAME, Uint8Array.of(127)),
    );
    arm();
    expect(codeOf(() => writer.appendSync(Uint8Array.of(1)))).toBe("NTH_SOURCE_CHANGED");
    writer.closeSync();
    expect(readAll(plain, memory)).toEqual(old);
    // Behind a line that says where they lay.
    expect([...bytesOf(memory, `${NAME}.torn`)].slice(-4)).toEqual([127, 1, 1, 10]);
  });

  test("a record that begins a batch of the other's length but is another is passed over", () => {
    const twin = Uint8Array.of(2, 7, 7);
    const { memory, writer, arm } = meeting(plain, dataAppend, (each) =>
      appendTo(each, NAME, twin),
    );
    arm();
    expect(writer.appendSync(Uint8Array.of(7, 8))).toBe(3);
    writer.closeSync();
    expect(show(readAll(plain, memory).slice(2))).toBe("2:7 2:7");
  });

  test("a batch that overwrites is taken back, and the other's bytes are kept aside", () => {
    const { memory, writer, arm } = meeting(counted, dataAppend, (each) =>
      appendTo(each, NAME, foreign),
    );
    arm();
    expect(codeOf(() => writer.appendSync(Uint8Array.of(1)))).toBe("NTH_SOURCE_CHANGED");
    const torn = bytesOf(memory, `${NAME}.torn`);
    expect([...torn].join()).toContain([...foreign].join());
    expect(writer.appendSync(Uint8Array.of(4))).toBe(2);
    writer.closeSync();
    expect(readAll(counted, memory)).toEqual([...old, Uint8Array.of(4)]);
    checkContinues(counted, memory, [show([...old, Uint8Array.of(4)])], "after the other");
  });

  test("behind a footer that is replaced, the other's bytes are kept aside", () => {
    const { memory, writer, arm } = meeting(footed, dataWrite, (each) =>
      appendTo(each, NAME, foreign),
    );
    arm();
    const code = codeOf(() => writer.appendSync(Uint8Array.of(1)));
    writer.closeSync();
    expect(code).toBe("NTH_SOURCE_CHANGED");
    expect(readAll(footed, memory)).toEqual(old);
    checkContinues(footed, memory, [show(old)], "after the other");
  });
});

describe("another program meets an exclusive writer that wrote ahead of its commit", () => {
  const options = { mode: "append", exclusive: true, highWaterMark: 4 } as const;
  const long = blobs(20, 21);

  test("bytes between the parts of a batch break it: it is told, and abort lets go", async () => {
    const { memory, writer, store } = meeting(
      plain,
      () => false,
      () => {},
      options,
    );
    await writer.append(long[0] as Uint8Array);
    appendTo(memory, NAME, foreign);
    await writer.append(long[1] as Uint8Array);
    await expect(writer.append(Uint8Array.of(1))).rejects.toMatchObject({
      code: "NTH_SOURCE_CHANGED",
    });
    await expect(writer.commit()).rejects.toMatchObject({ code: "NTH_SOURCE_CHANGED" });
    await expect(writer.commit()).rejects.toMatchObject({ code: "NTH_SOURCE_CHANGED" });
    await writer.abort();
    expect(store.locked).toBe(false);
    expect(readAll(plain, memory).slice(0, 2)).toEqual(old);
  });

  test("bytes in the last step of the commit break it, too", async () => {
    const { memory, writer, store, arm } = meeting(
      plain,
      dataAppend,
      (each) => appendTo(each, NAME, foreign),
      options,
    );
    await writer.append(long[0] as Uint8Array);
    await writer.append(Uint8Array.of(9));
    arm();
    await expect(writer.commit()).rejects.toMatchObject({ code: "NTH_SOURCE_CHANGED" });
    await writer.abort();
    expect(store.locked).toBe(false);
    expect(readAll(plain, memory).slice(0, 2)).toEqual(old);
  });

  test("an abort leaves the other's bytes to recovery, and takes its own away where it is alone", async () => {
    for (const met of [false, true]) {
      const { memory, writer } = meeting(
        plain,
        () => false,
        () => {},
        options,
      );
      const { size } = memory.statSync(NAME) as { size: number };
      await writer.append(long[0] as Uint8Array);
      expect(memory.statSync(NAME)?.size).toBe(size + 21);
      if (met) appendTo(memory, NAME, foreign);
      await writer.abort();
      expect(memory.statSync(NAME)?.size).toBe(met ? size + 24 : size);
      checkContinues(plain, memory, [show(old)], met ? "with another" : "alone");
    }
  });

  test("a file replaced under it ends the batch", async () => {
    const { memory, writer } = meeting(
      plain,
      () => false,
      () => {},
      options,
    );
    await writer.append(long[0] as Uint8Array);
    memory.createSync("other").closeSync();
    memory.renameSync("other", NAME);
    await expect(writer.commit()).rejects.toThrow(/replaced data.*abort\(\)/);
    await expect(writer.commit()).rejects.toMatchObject({ code: "NTH_SOURCE_CHANGED" });
    await writer.abort();
    expect(memory.statSync(NAME)?.size).toBe(0);
  });
});
