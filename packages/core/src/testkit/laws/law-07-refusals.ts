import type { BaseIndexedReader, BaseIndexedWriter } from "../../index.ts";
import { check, checkCoded, checkFails, checkIs, outcomeOf } from "../check.ts";
import { asyncOnly, FaultSource } from "../faults/fault-source.ts";
import type { LawCase } from "../law-case.ts";
import type { Rig } from "../rig.ts";
import { counted, FILE, refuseAll, type Verbs } from "./refusing.ts";

async function drain(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items);
}

function readerVerbs<T>(reader: BaseIndexedReader<T>, view: { get(i: number): unknown }): Verbs {
  return {
    get: () => reader.get(0),
    getSync: () => reader.getSync(0),
    at: () => reader.at(0),
    atSync: () => reader.atSync(0),
    getMany: () => reader.getMany([0]),
    getManySync: () => reader.getManySync([0]),
    "get of a slice": () => view.get(0),
    "for…of": () => [...reader],
    "for await…of": () => drain(reader),
    getBytes: () => reader.getBytes(0),
    getBytesSync: () => reader.getBytesSync(0),
    locate: () => reader.locate(0),
    locateSync: () => reader.locateSync(0),
    verify: () => reader.verify(),
    verifySync: () => reader.verifySync(),
    rebuildIndex: () => reader.rebuildIndex(),
    rebuildIndexSync: () => reader.rebuildIndexSync(),
    refresh: () => reader.refresh(),
    refreshSync: () => reader.refreshSync(),
  };
}

async function closedReader<T>(rig: Rig<T>): Promise<void> {
  const { source, reader } = await counted(rig);
  const view = reader.slice();
  checkIs(reader.closed, false, "closed of an open reader");
  await reader.close();
  checkIs(reader.closed, true, "closed after close");
  await refuseAll(readerVerbs(reader, view), source, "after close", "NTH_NOT_OPEN");
  await reader.close();
  reader.closeSync();
  checkIs(source.closed, 0, "times that a source that was passed in was closed");
  const own = await rig.openInput(source, { index: "memory", closeSource: true });
  await own.close();
  await own.close();
  checkIs(source.closed, 1, "times that a source was closed with closeSource");
}

async function disposedReader<T>(rig: Rig<T>): Promise<void> {
  const { reader } = await counted(rig);
  await reader[Symbol.asyncDispose]();
  await checkFails(() => reader.get(0), "get after asynchronous disposal", "NTH_NOT_OPEN");
  const { reader: other } = await counted(rig);
  other[Symbol.dispose]();
  await checkFails(() => other.get(0), "get after disposal", "NTH_NOT_OPEN");
}

function writerVerbs<T>(writer: BaseIndexedWriter<T>, value: T): Verbs {
  return {
    append: () => writer.append(value),
    appendSync: () => writer.appendSync(value),
    extend: () => writer.extend([value]),
    extendSync: () => writer.extendSync([value]),
    commit: () => writer.commit(),
    commitSync: () => writer.commitSync(),
    share: () => writer.share(),
  };
}

async function closedWriter<T>(rig: Rig<T>): Promise<void> {
  const value = rig.small[0] as T;
  for (const leave of ["close", "closeSync", "abort"] as const) {
    const writer = await rig.openWriter(FILE);
    await writer.append(value);
    await writer[leave]();
    checkIs(writer.closed, true, `closed after ${leave}`);
    await refuseAll(writerVerbs(writer, value), undefined, `after ${leave}`, "NTH_NOT_OPEN");
    await writer.close();
    writer.closeSync();
  }
  await rig.checkFile(FILE, [value], "a file whose writer was called after close");
}

async function abortedBefore<T>(rig: Rig<T>): Promise<void> {
  const { source, reader } = await counted(rig);
  const signal = AbortSignal.abort(new Error("the caller changed its mind"));
  const verbs: Verbs = {
    get: () => reader.get(0, { signal }),
    at: () => reader.at(0, { signal }),
    getMany: () => reader.getMany([0], { signal }),
    getBytes: () => reader.getBytes(0, { signal }),
    verify: () => reader.verify({ level: "full", signal }),
    rebuildIndex: () => reader.rebuildIndex({ signal }),
    refresh: () => reader.refresh({ signal }),
    open: () => rig.openInput(source, { signal, index: "memory" }),
  };
  await refuseAll(verbs, source, "with an aborted signal", "NTH_ABORTED");
  const error = await checkFails(
    () => reader.get(0, { signal }),
    "get with an aborted signal",
    "NTH_ABORTED",
  );
  checkIs(error.name, "AbortError", "name of the error");
  check(error.cause === signal.reason, "the signal's reason is not the cause of the error");
  await rig.checkReader(reader, rig.values, "a reader after aborted calls");
  await reader.close();
}

async function abortedAppend<T>(rig: Rig<T>): Promise<void> {
  const signal = AbortSignal.abort();
  await checkFails(
    () => rig.openWriter("aborted", { signal }),
    "opening a writer with an aborted signal",
    "NTH_ABORTED",
  );
  checkIs(rig.bytes("aborted"), undefined, "the file of a writer that was not opened");
  const [first, second] = rig.small as [T, T];
  const writer = await rig.openWriter(FILE);
  await writer.append(first);
  await checkFails(
    () => writer.append(second, { signal }),
    "append with an aborted signal",
    "NTH_ABORTED",
  );
  await checkFails(
    () => writer.extend([second], { signal }),
    "extend with an aborted signal",
    "NTH_ABORTED",
  );
  await checkFails(() => writer.commit({ signal }), "commit with an aborted signal", "NTH_ABORTED");
  await writer.append(second);
  await writer.close();
  await rig.checkFile(FILE, [first, second], "a file with aborted appends between its records");
}

/** A signal that fires while a source takes its time ends the wait at once, and the reader lives on. */
async function abortedMeanwhile<T>(rig: Rig<T>): Promise<void> {
  await rig.write(FILE, rig.values);
  let slow = false;
  const source = asyncOnly(new FaultSource(rig.data(FILE), { delay: () => (slow ? 60_000 : 0) }));
  const reader = await rig.openInput(source, { index: "memory" });
  slow = true;
  for (const call of [
    (signal: AbortSignal) => reader.get(0, { signal }),
    (signal: AbortSignal) => reader.getMany([0, 1, 2], { signal }),
    (signal: AbortSignal) => reader.getBytes(0, { signal }),
    (signal: AbortSignal) => reader.verify({ level: "full", signal }),
    (signal: AbortSignal) => rig.openInput(source, { signal, index: "memory" }),
  ]) {
    const controller = new AbortController();
    const pending = outcomeOf<unknown>(() => call(controller.signal));
    setTimeout(() => controller.abort(), 1);
    const outcome = await pending;
    check("error" in outcome, "a call that was aborted while it waited came to a value");
    checkCoded(outcome.error, "a call that was aborted while it waited", "NTH_ABORTED");
  }
  slow = false;
  await rig.checkReader(reader, rig.values, "a reader after aborted waits");
  await reader.close();
}

/** Closed, aborted, out of range: one code each, before any I/O. */
export const refusals: readonly LawCase[] = [
  {
    name: "law 7: every verb of a closed reader fails with NTH_NOT_OPEN and reads nothing",
    anywhere: true,
    run: closedReader,
  },
  { name: "law 7: disposal closes a reader", anywhere: true, run: disposedReader },
  { name: "law 7: every verb of a closed writer fails with NTH_NOT_OPEN", run: closedWriter },
  {
    name: "law 7: an aborted signal ends every call before any I/O",
    anywhere: true,
    run: abortedBefore,
  },
  { name: "law 7: an aborted signal keeps a record out of the file", run: abortedAppend },
  {
    name: "law 7: a signal that fires meanwhile ends the wait",
    anywhere: true,
    run: abortedMeanwhile,
  },
];
