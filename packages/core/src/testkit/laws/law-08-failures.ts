import { type ByteWriter, NthrecError } from "../../index.ts";
import { checkBytes, checkFails, checkIs, fail } from "../check.ts";
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
    await rig.checkFile(FILE, [...before, ...kept], `${what}: failed appends between good ones`);
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
    await rig.checkFile(
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
  await rig.checkFile(FILE, [], "a file whose writer was disposed at once");
  const writer = await rig.openWriter(FILE);
  await writer.append(one);
  await writer[Symbol.asyncDispose]();
  await rig.checkFile(FILE, [one], "a file whose writer was disposed");
  const data = rig.data(FILE);
  const discarded = await rig.openWriter(FILE, { mode: "write" });
  await discarded.append(two);
  await discarded.abort();
  checkBytes(rig.bytes(FILE), data, "the file after a writer in write mode was aborted");
  await rig.checkFile(FILE, [one], "a file after a writer in write mode was aborted");
  const left = rig.store.listSync().filter((name) => name.includes("tmp"));
  checkIs(left.join(), "", "temporary files after abort");
}

/** What cannot be written leaves no trace, and neither does what was given up. */
export const failures: readonly LawCase[] = [
  { name: "law 8: an encoder that fails half-way rejects only its own append", run: encodeErrors },
  { name: "law 8: invalid values are refused and leave no trace", run: invalidValues },
  { name: "law 8: disposal commits, abort discards", run: leaving },
];
