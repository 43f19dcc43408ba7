import { check, checkFails, checkIs, checkRefused } from "../check.ts";
import { asyncOnly, FaultSource } from "../faults/fault-source.ts";
import type { LawCase } from "../law-case.ts";
import type { Rig } from "../rig.ts";
import { counted, FILE, refuseAll, type Verbs } from "./refusing.ts";

async function outOfBounds<T>(rig: Rig<T>): Promise<void> {
  const { source, reader } = await counted(rig);
  const n = rig.values.length;
  for (const index of [-1, n, n + 1, 2 ** 32, 2 ** 53]) {
    const verbs: Verbs = {
      [`get(${index})`]: () => reader.get(index),
      [`getSync(${index})`]: () => reader.getSync(index),
      [`getMany([0, ${index}])`]: () => reader.getMany([0, index]),
      [`getManySync([0, ${index}])`]: () => reader.getManySync([0, index]),
      [`getBytes(${index})`]: () => reader.getBytes(index),
      [`getBytesSync(${index})`]: () => reader.getBytesSync(index),
      [`locate(${index})`]: () => reader.locate(index),
      [`locateSync(${index})`]: () => reader.locateSync(index),
      [`slice().get(${index})`]: () => reader.slice().get(index),
    };
    await refuseAll(verbs, source, `of ${n} records`, "NTH_OUT_OF_RANGE");
  }
  const reads = source.reads;
  for (const index of [
    0.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    "0",
    null,
    undefined,
    0n,
  ] as unknown as number[]) {
    await checkRefused(() => reader.get(index), `get(${String(index)})`);
    await checkRefused(() => reader.getSync(index), `getSync(${String(index)})`);
    await checkRefused(() => reader.getMany([index]), `getMany([${String(index)}])`);
  }
  checkIs(source.reads, reads, "reads of the source by calls that are wrong in themselves");
  await reader.close();
}

async function asyncSource<T>(rig: Rig<T>): Promise<void> {
  await rig.write(FILE, rig.values);
  const source = new FaultSource(rig.data(FILE));
  const reader = await rig.openInput(asyncOnly(source), { index: "memory" });
  checkIs(reader.sync, false, "sync of a reader over a source that answers later");
  const verbs: Verbs = {
    getSync: () => reader.getSync(0),
    atSync: () => reader.atSync(0),
    getManySync: () => reader.getManySync([0]),
    getBytesSync: () => reader.getBytesSync(0),
    "for…of": () => [...reader],
    verifySync: () => reader.verifySync(),
    rebuildIndexSync: () => reader.rebuildIndexSync(),
  };
  await refuseAll(verbs, source, "over a source that answers later", "NTH_NOT_SUPPORTED");
  await rig.checkReader(reader, rig.values, "a reader over a source that answers later");
  await reader.close();
}

async function missingData<T>(rig: Rig<T>): Promise<void> {
  await checkFails(
    () => rig.openInput(rig.entry("nowhere")),
    "opening a file that is not there",
    "NTH_NOT_FOUND",
  );
  await checkFails(
    () => rig.openSync("nowhere"),
    "opening a file that is not there, synchronously",
    "NTH_NOT_FOUND",
  );
  check(
    !rig.store.listSync().some((name) => name.startsWith("nowhere")),
    "opening a file that is not there left a file",
  );
  await checkRefused(() => rig.openInput(42 as unknown as Uint8Array), "opening a number");
  await checkRefused(() => rig.openInput(undefined as unknown as Uint8Array), "opening nothing");
}

/** What is not there, or cannot be had this way: one code each, before any I/O. */
export const bounds: readonly LawCase[] = [
  {
    name: "law 7: an index out of range is refused before any I/O",
    anywhere: true,
    run: outOfBounds,
  },
  {
    name: "law 7: synchronous verbs over an asynchronous source fail with NTH_NOT_SUPPORTED",
    anywhere: true,
    run: asyncSource,
  },
  { name: "law 7: data that are not there fail with NTH_NOT_FOUND", run: missingData },
];
