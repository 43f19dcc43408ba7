import type { BaseIndexedWriter } from "../../index.ts";
import { check, checkFails, checkIs } from "../check.ts";
import type { LawCase } from "../law-case.ts";
import type { Rig } from "../rig.ts";
import { FILE, many, modes, openFresh } from "./writing.ts";

async function callOrder<T>(rig: Rig<T>): Promise<void> {
  for (const options of modes(rig)) {
    const what = JSON.stringify(options);
    rig.put(FILE, undefined);
    const values = many(rig, 200);
    const first = await openFresh(rig, options);
    const handles = [first, first.share(), first.share(), first.share()];
    const pending: Promise<unknown>[] = [];
    const indices: Promise<number>[] = [];
    for (const [i, value] of values.entries()) {
      const handle = handles[rig.random.below(handles.length)] as BaseIndexedWriter<T>;
      const appended = handle.append(value);
      indices.push(appended);
      pending.push(appended);
      if (i % 37 === 5) pending.push(handle.commit());
    }
    await Promise.all(pending);
    for (const [i, index] of (await Promise.all(indices)).entries())
      checkIs(index, i, `${what}: index of append ${i}`);
    for (const handle of handles)
      checkIs(handle.length, values.length, `${what}: length of a handle`);
    await Promise.all(handles.map((handle) => handle.close()));
    await rig.checkWritten(
      FILE,
      values,
      `${what}: ${values.length} appends from four handles, none awaited`,
    );
  }
}

async function commitsJoin<T>(rig: Rig<T>): Promise<void> {
  for (const options of modes(rig)) {
    const what = JSON.stringify(options);
    rig.put(FILE, undefined);
    const writer = await openFresh(rig, options);
    const values = rig.small;
    const appended = values.map((value) => writer.append(value));
    await Promise.all([writer.commit(), writer.commit(), writer.commit()]);
    await rig.checkFile(FILE, values, `${what}: after three commits at once, before close`);
    await Promise.all(appended);
    await Promise.all([writer.commit(), writer.commit()]);
    checkIs(writer.length, values.length, `${what}: length after commits of nothing`);
    await writer.close();
    await rig.checkWritten(FILE, values, `${what}: after close`);
  }
}

async function lastHandleCloses<T>(rig: Rig<T>): Promise<void> {
  const [one, two] = rig.small as [T, T];
  for (const options of modes(rig)) {
    const what = JSON.stringify(options);
    rig.put(FILE, undefined);
    const first = await openFresh(rig, options);
    const second = first.share();
    const third = second.share();
    await first.append(one);
    await first.close();
    await checkFails(
      () => first.append(two),
      `${what}: append by a handle that was closed`,
      "NTH_NOT_OPEN",
    );
    checkIs(second.closed, false, `${what}: closed of another handle`);
    await third.close();
    await third.close();
    await second.append(two);
    await second.close();
    await rig.checkWritten(FILE, [one, two], `${what}: after the last of three handles closed`);
  }
}

/** What an array or another synchronous iterable holds is encoded inside the call, as a single value is. */
async function extendInOrder<T>(rig: Rig<T>): Promise<void> {
  const [one, two, three] = rig.small as [T, T, T];
  for (const options of modes(rig)) {
    rig.put(FILE, undefined);
    const writer = await openFresh(rig, options);
    const calls = [
      writer.append(one),
      writer.extend([two, three]),
      writer.append(two),
      writer.extend(new Set([three, one])),
      writer.append(three),
    ];
    await Promise.all(calls);
    await writer.close();
    const expected = [one, two, three, two, three, one, three];
    await rig.checkWritten(
      FILE,
      expected,
      `appends and extends, none awaited, ${JSON.stringify(options)}`,
    );
  }
}

async function* slowly<V>(values: readonly V[]): AsyncGenerator<V> {
  for (const value of values) {
    await Promise.resolve();
    yield value;
  }
}

async function extendKinds<T>(rig: Rig<T>): Promise<void> {
  for (const options of modes(rig)) {
    rig.put(FILE, undefined);
    const writer = await openFresh(rig, options);
    const { values, small } = rig;
    checkIs(await writer.extend(values), values.length, "what extend of an array resolves with");
    checkIs(
      await writer.extend(new Set(small)),
      new Set(small).size,
      "what extend of a Set resolves with",
    );
    checkIs(
      await writer.extend(slowly(small)),
      small.length,
      "what extend of an async iterable resolves with",
    );
    checkIs(writer.extendSync(small), small.length, "what extendSync returns");
    checkIs(await writer.extend([]), 0, "what extend of nothing resolves with");
    const expected = [...values, ...new Set(small), ...small, ...small];
    if (typeof ReadableStream === "function") {
      const stream = new ReadableStream<T>({
        start: (c) => {
          for (const v of small) c.enqueue(v);
          c.close();
        },
      });
      checkIs(
        await writer.extend(stream as unknown as AsyncIterable<T>),
        small.length,
        "what extend of a stream resolves with",
      );
      expected.push(...small);
    }
    await writer.close();
    await rig.checkWritten(FILE, expected, `extended in several ways, ${JSON.stringify(options)}`);
  }
}

/** Several writers of one file, each with its own queue: nothing is lost, and each one's order is kept. */
async function twoWriters<T>(rig: Rig<T>): Promise<void> {
  await rig.write(FILE, []);
  const writers = await Promise.all([1, 2, 3].map(() => rig.openWriter(FILE, { mode: "append" })));
  const appends: Promise<{ readonly index: number; readonly value: T }>[] = [];
  for (let i = 0; i < 60; i++) {
    const value = rig.small[i % rig.small.length] as T;
    const writer = writers[i % writers.length] as BaseIndexedWriter<T>;
    appends.push(writer.append(value).then((index) => ({ index, value })));
    if (i % 11 === 0) await Promise.resolve();
  }
  const done = await Promise.all(appends);
  await Promise.all(writers.map((writer) => writer.close()));
  const expected: T[] = [];
  for (const { index, value } of done) {
    check(!(index in expected), `two appends were given index ${index}`);
    expected[index] = value;
  }
  checkIs(expected.length, done.length, "records of three writers");
  await rig.checkWritten(FILE, expected, "a file that three writers appended to at once");
  for (let w = 0; w < writers.length; w++) {
    const own = done.filter((_, i) => i % writers.length === w).map(({ index }) => index);
    check(
      own.every((index, i) => i === 0 || index > (own[i - 1] as number)),
      `the records of writer ${w} are out of order: ${own}`,
    );
  }
}

/** Interleaved un-awaited appends keep call order; commits join; the last handle closes. */
export const order: readonly LawCase[] = [
  { name: "law 8: un-awaited appends of several handles keep call order", run: callOrder },
  { name: "law 8: commits at once join and publish everything before them", run: commitsJoin },
  { name: "law 8: the file closes with the last handle", run: lastHandleCloses },
  { name: "law 8: un-awaited extends keep their place among appends", run: extendInOrder },
  { name: "law 8: extend takes iterables, async iterables and streams", run: extendKinds },
  { name: "law 8: several writers of one file lose nothing", needs: ["append"], run: twoWriters },
];
