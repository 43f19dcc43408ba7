import { type ByteWriter, MemoryStore, NthrecError } from "../../index.ts";
import { checkBytes, checkCoded, checkFails, checkIs, fail, outcomeOf } from "../check.ts";
import { FaultStore, type StoreFault } from "../faults/fault-store.ts";
import type { LawCase } from "../law-case.ts";
import type { Rig } from "../rig.ts";
import type { WriterUnderTest } from "../types.ts";
import { FILE, modes, openFresh } from "./writing.ts";

/** What the failing encoder below does not write. */
const POISON = Symbol("a value that cannot be written");

/** The format's writer, except that it fails on {@link POISON} when it is half-way through a record. */
function failingWriter<T>(Writer: WriterUnderTest<T>): WriterUnderTest<T> {
  type Concrete = new (...args: never[]) => { _append(value: unknown, out: ByteWriter): void };
  const Base = Writer as unknown as Concrete;
  class Failing extends Base {
    override _append(value: unknown, out: ByteWriter): void {
      if (value !== POISON) {
        super._append(value, out);
        return;
      }
      out.bytes(new Uint8Array([1, 2, 3, 4, 5]));
      throw new NthrecError("NTH_INVALID_VALUE", "this value cannot be written");
    }
  }
  return Failing as unknown as WriterUnderTest<T>;
}

async function encodeErrors<T>(rig: Rig<T>): Promise<void> {
  const Writer = failingWriter(rig.format.Writer);
  const poison = POISON as unknown as T;
  for (const options of modes(rig)) {
    const what = JSON.stringify(options);
    await rig.write(FILE, rig.small.slice(0, 1));
    const before = options.mode === "append" ? rig.small.slice(0, 1) : [];
    const writer = await Writer.open(rig.entry(FILE), { ...rig.format.writerOptions, ...options });
    const kept: T[] = [];
    const pending: Promise<unknown>[] = [];
    for (const value of rig.small) {
      pending.push(
        checkFails(
          () => writer.append(poison),
          `${what}: append of what cannot be written`,
          "NTH_INVALID_VALUE",
        ),
      );
      pending.push(writer.append(value));
      kept.push(value);
    }
    pending.push(
      checkFails(() => writer.append(poison), `${what}: the last append`, "NTH_INVALID_VALUE"),
    );
    await Promise.all(pending);
    await checkFails(
      () => writer.appendSync(poison),
      `${what}: appendSync of what cannot be written`,
      "NTH_INVALID_VALUE",
    );
    await checkFails(
      () => writer.extendSync([poison]),
      `${what}: extendSync of what cannot be written`,
      "NTH_INVALID_VALUE",
    );
    checkIs(writer.length, before.length + kept.length, `${what}: length after failed appends`);
    await writer.close();
    await rig.checkWritten(FILE, [...before, ...kept], `${what}: failed appends between good ones`);
  }
}

async function invalidValues<T>(rig: Rig<T>): Promise<void> {
  const first = rig.small[0] as T;
  for (const options of modes(rig)) {
    rig.put(FILE, undefined);
    const writer = await openFresh(rig, options);
    await writer.append(first);
    for (const [i, value] of (rig.format.invalid ?? []).entries()) {
      const what = `append of invalid value ${i}`;
      const appended = await writer.append(value as T).then(
        () => fail(`${what}: it was written`),
        (error: unknown) => error,
      );
      if (!(appended instanceof TypeError)) {
        await checkFails(
          () => {
            throw appended;
          },
          what,
          "NTH_INVALID_VALUE",
        );
      }
    }
    await writer.append(first);
    await writer.close();
    await rig.checkWritten(
      FILE,
      [first, first],
      "a file between whose records invalid values were refused",
    );
  }
}

/** Leaving by disposal commits, `abort` discards what was not committed. */
async function leaving<T>(rig: Rig<T>): Promise<void> {
  const [one, two] = rig.small as [T, T];
  await (await rig.openWriter(FILE))[Symbol.asyncDispose]();
  await rig.checkWritten(FILE, [], "a file whose writer was disposed at once");
  const writer = await rig.openWriter(FILE);
  await writer.append(one);
  await writer[Symbol.asyncDispose]();
  await rig.checkWritten(FILE, [one], "a file whose writer was disposed");
  const data = rig.data(FILE);
  const discarded = await rig.openWriter(FILE, { mode: "write" });
  await discarded.append(two);
  await discarded.abort();
  checkBytes(rig.bytes(FILE), data, "the file after a writer in write mode was aborted");
  await rig.checkWritten(FILE, [one], "a file after a writer in write mode was aborted");
  const left = rig.store.listSync().filter((name) => name.includes("tmp"));
  checkIs(left.join(), "", "temporary files after abort");
}

/** A change of the store that fails while `broken` is set. */
function breakable(): { broken: boolean; readonly fault: StoreFault } {
  const state = { broken: false, fault: () => (state.broken ? 0 : undefined) };
  return state;
}

/** Callers whose commits join get the same answer: nobody hears of a success that did not happen. */
async function joinedFailure<T>(rig: Rig<T>): Promise<void> {
  for (const options of modes(rig)) {
    const what = JSON.stringify(options);
    const disk = new MemoryStore();
    const state = breakable();
    const entry = { store: new FaultStore(disk, state.fault), name: FILE };
    const writer = await rig.format.Writer.open(entry, { ...rig.format.writerOptions, ...options });
    const shared = writer.share();
    const [one, two] = rig.small as [T, T];
    await writer.append(one);
    await writer.commit();
    state.broken = true;
    const appending = outcomeOf(() => writer.append(two));
    const calls = [() => writer.commit(), () => shared.commit(), () => writer.commit()];
    for (const [i, commit] of (await Promise.all(calls.map(outcomeOf<void>))).entries()) {
      if (!("error" in commit)) fail(`${what}: commit ${i} of three over a full disk succeeded`);
      checkCoded(commit.error, `${what}: commit ${i} of three over a full disk`);
    }
    state.broken = false;
    // Alone, a writer keeps what could not be published; shared, the append was told that it failed.
    const expected = "error" in (await appending) ? [one] : [one, two];
    await Promise.all([writer.close(), shared.close()]);
    const entryLeft = { store: disk, name: FILE };
    const reader = rig.format.Reader.openSync(entryLeft, rig.format.readerOptions);
    rig.checkValues([...reader], expected, `${what}: a file after a failed commit`);
    reader.closeSync();
  }
}

/** An append that could not get the lock is not in the file, not even later. */
async function lockedOut<T>(rig: Rig<T>): Promise<void> {
  const [one, two] = rig.small as [T, T];
  const three = rig.small.at(-1) as T;
  await rig.write(FILE, [one]);
  const writer = await rig.openWriter(FILE, { mode: "append", lockTimeoutMs: 15 });
  const holder = await rig.openWriter(FILE, { mode: "append", exclusive: true });
  await checkFails(() => writer.append(two), "append beside an exclusive writer", "NTH_LOCKED");
  const many = (): unknown => writer.extend([two, two]);
  await checkFails(many, "extend beside an exclusive writer", "NTH_LOCKED");
  await holder.append(one);
  await holder.close();
  await writer.append(three);
  await writer.close();
  const expected = [one, one, three];
  await rig.checkWritten(FILE, expected, "a file with appends that could not get the lock");
}

/** What is appended while a commit waits for the lock goes with the next commit, behind it. */
async function appendedMeanwhile<T>(rig: Rig<T>): Promise<void> {
  const [one, two] = rig.small as [T, T];
  const three = rig.small.at(-1) as T;
  await rig.write(FILE, [one]);
  const writer = await rig.openWriter(FILE, { mode: "append" });
  const holder = await rig.openWriter(FILE, { mode: "append", exclusive: true });
  const appended: Promise<number>[] = [];
  for (const value of [two, three, one]) {
    appended.push(writer.append(value));
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await holder.append(three);
  await holder.close();
  const indices = await Promise.all(appended);
  checkIs(indices.join(), "2,3,4", "indices of appends while another writer held the lock");
  await writer.close();
  const expected = [one, three, two, three, one];
  await rig.checkWritten(FILE, expected, "a file with appends that waited for the lock");
}

/** What cannot be written leaves no trace, and neither does what was given up. */
export const failures: readonly LawCase[] = [
  { name: "law 8: commits that join fail together", anywhere: true, run: joinedFailure },
  {
    name: "law 8: an append that cannot get the lock leaves no trace",
    needs: ["append"],
    run: lockedOut,
  },
  {
    name: "law 8: what is appended while a commit waits goes behind it",
    needs: ["append"],
    run: appendedMeanwhile,
  },
  { name: "law 8: an encoder that fails half-way rejects only its own append", run: encodeErrors },
  { name: "law 8: invalid values are refused and leave no trace", run: invalidValues },
  { name: "law 8: disposal commits, abort discards", run: leaving },
];
