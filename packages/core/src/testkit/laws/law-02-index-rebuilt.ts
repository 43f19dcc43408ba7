import { check, checkBytes } from "../check.ts";
import { asyncOnly, FaultSource } from "../faults/fault-source.ts";
import type { LawCase } from "../law-case.ts";
import { type Rig, SEAL_SUFFIX } from "../rig.ts";

const FILE = "index";
/** Bytes of the header: magic, typecode, data size. */
const HEADER = 16;

/** The lists of values whose index is looked at: all, none, one, and many small ones. */
function lists<T>(rig: Rig<T>): (readonly T[])[] {
  const many = Array.from(
    { length: 500 },
    () => rig.small[rig.random.below(rig.small.length)] as T,
  );
  return [rig.values, [], rig.values.slice(0, 1), many];
}

function writtenIndex<T>(rig: Rig<T>, values: readonly T[]): Uint8Array {
  const index = rig.bytes(rig.indexOf(FILE));
  check(index !== undefined, `the writer left no index ${rig.indexOf(FILE)}`);
  const size = rig.data(FILE).length;
  const view = new DataView(index.buffer, index.byteOffset);
  check(
    index.length === HEADER + 8 * values.length && Number(view.getBigUint64(8, true)) === size,
    () =>
      `the index has ${index.length} bytes and states ${view.getBigUint64(8, true)}, for ${values.length} records in ${size} bytes`,
  );
  return index;
}

async function rebuiltByVerb<T>(rig: Rig<T>): Promise<void> {
  for (const values of lists(rig)) {
    await rig.write(FILE, values);
    const written = writtenIndex(rig, values);
    const what = `rebuildIndex of ${values.length} records`;
    await rig.reading(FILE, async (reader) => {
      await reader.rebuildIndex();
      await rig.checkReader(reader, values, what);
    });
    checkBytes(rig.bytes(rig.indexOf(FILE)), written, what);
    if (!rig.direct) continue;
    const reader = rig.openSync(FILE);
    try {
      reader.rebuildIndexSync();
      rig.checkValues([...reader], values, `${what}, synchronously`);
    } finally {
      reader.closeSync();
    }
    checkBytes(rig.bytes(rig.indexOf(FILE)), written, `${what}, synchronously`);
  }
}

async function rebuiltByOpening<T>(rig: Rig<T>): Promise<void> {
  for (const values of lists(rig)) {
    for (const sealed of [true, false]) {
      await rig.write(FILE, values);
      const written = writtenIndex(rig, values);
      const what = `index of ${values.length} records built by opening ${sealed ? "with" : "without"} a seal`;
      const forget = (): void => {
        rig.put(rig.indexOf(FILE), undefined);
        if (!sealed) rig.put(FILE + SEAL_SUFFIX, undefined);
      };
      forget();
      await rig.reading(FILE, (reader) => rig.checkReader(reader, values, what));
      if (!rig.direct) continue;
      checkBytes(rig.bytes(rig.indexOf(FILE)), written, what);
      forget();
      rig.openSync(FILE).closeSync();
      checkBytes(rig.bytes(rig.indexOf(FILE)), written, `${what}, synchronously`);
    }
  }
}

/** The data come from a source that only answers later, the index goes to a store. */
async function rebuiltFromWire<T>(rig: Rig<T>): Promise<void> {
  for (const values of lists(rig)) {
    await rig.write(FILE, values);
    const written = writtenIndex(rig, values);
    const source = asyncOnly(new FaultSource(rig.data(FILE), { delay: (read) => read % 2 }));
    const reader = await rig.openInput(source, {
      index: rig.entry("elsewhere"),
      onStaleIndex: "rebuild",
    });
    try {
      await rig.checkReader(reader, values, "data from a source that answers later");
    } finally {
      await reader.close();
    }
    checkBytes(rig.bytes("elsewhere"), written, "index built from a source that answers later");
    rig.put("elsewhere", undefined);
  }
}

/** Whatever the number of commits, the index tells what a scan finds. */
async function writtenInCommits<T>(rig: Rig<T>): Promise<void> {
  for (const every of [1, 2, 3]) {
    const writer = await rig.openWriter(FILE, { mode: "write" });
    for (const [i, value] of rig.values.entries()) {
      await writer.append(value);
      if (i % every === 0) await writer.commit();
    }
    await writer.close();
    const written = writtenIndex(rig, rig.values);
    rig.putBare(FILE, rig.data(FILE));
    const what = `a file with a commit after every ${every} records`;
    await rig.checkFile(FILE, rig.values, what);
    if (rig.direct) checkBytes(rig.bytes(rig.indexOf(FILE)), written, `index of ${what}`);
  }
}

async function writtenSync<T>(rig: Rig<T>): Promise<void> {
  await rig.write(FILE, rig.values);
  const [data, index] = [rig.data(FILE), writtenIndex(rig, rig.values)];
  const writer = rig.openWriterSync("at-once");
  for (const value of rig.values) writer.appendSync(value);
  writer.closeSync();
  await rig.checkFile("at-once", rig.values, "a file written by the synchronous verbs");
  if (rig.format.lacks?.includes("sameBytes")) return;
  checkBytes(rig.bytes("at-once"), data, "data written by the synchronous verbs");
  checkBytes(rig.bytes(rig.indexOf("at-once")), index, "index written by the synchronous verbs");
}

/** Rebuilt index = written index, byte for byte. */
export const indexRebuilt: readonly LawCase[] = [
  {
    name: "law 2: rebuildIndex writes the index that the writer wrote",
    needs: ["index"],
    run: rebuiltByVerb,
  },
  {
    name: "law 2: opening without an index writes the index that the writer wrote",
    needs: ["index"],
    run: rebuiltByOpening,
  },
  {
    name: "law 2: an index built from a source that answers later is the same",
    needs: ["index"],
    anywhere: true,
    run: rebuiltFromWire,
  },
  {
    name: "law 2: commits on the way do not show in the index",
    needs: ["index"],
    run: writtenInCommits,
  },
  { name: "law 2: the synchronous verbs write the same file", needs: ["index"], run: writtenSync },
];
