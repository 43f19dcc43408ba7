import { check, checkBytes, checkIs } from "../check.ts";
import type { LawCase } from "../law-case.ts";
import type { Rig } from "../rig.ts";
import { collect, FILE, onValues } from "./reading.ts";

async function getEach<T>(rig: Rig<T>): Promise<void> {
  await onValues(rig, async (reader, values) => {
    checkIs(reader.length, values.length, "length");
    const kept: T[] = [];
    for (const [i, value] of values.entries()) {
      const got = await reader.get(i);
      rig.checkValue(got, value, `get(${i})`);
      kept.push(got);
    }
    if (reader.sync) {
      for (const [i, value] of values.entries()) {
        const got = reader.getSync(i);
        rig.checkValue(got, value, `getSync(${i})`);
        kept.push(got);
      }
    }
    // A value that shares memory with the reader's buffer changes when the next one is read.
    rig.checkValues(
      kept,
      reader.sync ? [...values, ...values] : values,
      "values kept while others were read",
    );
  });
}

async function atBothEnds<T>(rig: Rig<T>): Promise<void> {
  await onValues(rig, async (reader, values) => {
    const n = values.length;
    for (let i = -n; i < n; i++) {
      const expected = values.at(i) as T;
      rig.checkValue(await reader.at(i), expected, `at(${i})`);
      if (reader.sync) rig.checkValue(reader.atSync(i), expected, `atSync(${i})`);
    }
    for (const i of [n, -n - 1, 2 ** 40, -(2 ** 40)]) {
      checkIs(await reader.at(i), undefined, `at(${i})`);
      if (reader.sync) checkIs(reader.atSync(i), undefined, `atSync(${i})`);
    }
  });
}

async function manyInOrder<T>(rig: Rig<T>): Promise<void> {
  await onValues(rig, async (reader, values) => {
    const all = [...values.keys()];
    const orders = [
      all,
      [...all].reverse(),
      rig.random.shuffle([...all, ...all, ...all]),
      [0, 0, 0],
      [],
    ];
    for (const order of orders) {
      const expected = order.map((i) => values[i] as T);
      rig.checkValues(await reader.getMany(order), expected, `getMany([${order}])`);
      rig.checkValues(
        await reader.getMany(new Set(order)),
        [...new Set(order)].map((i) => values[i] as T),
        `getMany of a Set of [${order}]`,
      );
      if (reader.sync)
        rig.checkValues(reader.getManySync(order), expected, `getManySync([${order}])`);
    }
  });
}

async function rawBytes<T>(rig: Rig<T>): Promise<void> {
  await onValues(rig, async (reader, values) => {
    const file = rig.data(FILE);
    let last = 0;
    for (let i = 0; i < values.length; i++) {
      const { start, end } = await reader.locate(i);
      check(
        start >= last && start < end && end <= file.length,
        `locate(${i}) is [${start}, ${end}) in ${file.length} bytes, after ${last}`,
      );
      checkBytes(await reader.getBytes(i), file.subarray(start, end), `getBytes(${i})`);
      if (reader.sync) {
        checkBytes(reader.getBytesSync(i), file.subarray(start, end), `getBytesSync(${i})`);
        checkIs(reader.locateSync(i).start, start, `locateSync(${i}).start`);
        checkIs(reader.locateSync(i).end, end, `locateSync(${i}).end`);
      }
      last = start;
    }
  });
}

async function inFlight<T>(rig: Rig<T>): Promise<void> {
  await onValues(rig, async (reader, values) => {
    const order = rig.random.shuffle([...values.keys(), ...values.keys(), ...values.keys()]);
    const got = await Promise.all(order.map((i) => reader.get(i)));
    rig.checkValues(
      got,
      order.map((i) => values[i] as T),
      `${order.length} reads in flight together`,
    );
  });
}

async function emptyFile<T>(rig: Rig<T>): Promise<void> {
  await rig.write(FILE, []);
  await rig.reading(FILE, async (reader) => {
    checkIs(reader.length, 0, "length of a file without records");
    checkIs(await reader.at(0), undefined, "at(0) of a file without records");
    checkIs((await reader.getMany([])).length, 0, "getMany of nothing");
    checkIs((await collect(reader)).length, 0, "records of a file without records");
    checkIs(reader.slice().length, 0, "slice of a file without records");
    if (reader.sync) checkIs([...reader].length, 0, "for…of a file without records");
    const report = await reader.verify({ level: "full" });
    check(report.ok, () => `verify of a file without records: ${JSON.stringify(report.problems)}`);
  });
}

/** What was written is read back by every verb, sync and async, identically. */
export const roundTrip: readonly LawCase[] = [
  { name: "law 1: get and getSync return every record", run: getEach },
  { name: "law 1: at counts from both ends", run: atBothEnds },
  {
    name: "law 1: getMany keeps the order of its indices, shuffled and repeated",
    run: manyInOrder,
  },
  { name: "law 1: getBytes is the file at locate", run: rawBytes },
  { name: "law 1: reads in flight together do not disturb each other", run: inFlight },
  { name: "law 1: a file without records is empty for every verb", run: emptyFile },
];
