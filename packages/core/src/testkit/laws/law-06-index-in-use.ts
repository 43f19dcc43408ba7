import { checkBytes, checkCoded, checkIs, outcomeOf } from "../check.ts";
import type { LawCase } from "../law-case.ts";
import type { Rig } from "../rig.ts";

const FILE = "in-use";

/** Another index takes the place of the one in use, by rename and in place. */
async function replacedWhileOpen<T>(rig: Rig<T>): Promise<void> {
  const values = Array.from({ length: 300 }, (_, i) => rig.small[i % rig.small.length] as T);
  const other = await rig.made("other", [...values].reverse().slice(0, 200));
  for (const offsets of ["resident", "paged"] as const) {
    for (const how of ["renamed over", "emptied", "rewritten", "removed"] as const) {
      await rig.write(FILE, values);
      const reader = await rig.open(FILE, { offsets });
      try {
        rig.checkValue(await reader.get(0), values[0] as T, "before the index was replaced");
        disturb(rig, how, other.index as Uint8Array);
        for (let i = 0; i < values.length; i += 7) {
          const record = await outcomeOf(() => reader.get(i));
          const what = `record ${i}, ${offsets} offsets, index ${how} while it was open`;
          if ("error" in record) checkCoded(record.error, what);
          else rig.checkValue(record.value, values[i] as T, what);
        }
      } finally {
        await reader.close();
      }
      await rig.checkFile(FILE, values, `opened after its index was ${how}`);
    }
  }
}

function disturb<T>(
  rig: Rig<T>,
  how: "renamed over" | "emptied" | "rewritten" | "removed",
  other: Uint8Array,
): void {
  const index = rig.indexOf(FILE);
  if (how === "removed" || how === "renamed over") {
    rig.put("next.idx", other);
    if (how === "removed") rig.put(index, undefined);
    else rig.store.renameSync("next.idx", index);
    return;
  }
  const live = rig.store.editSync(index);
  live.truncateSync(0);
  if (how === "rewritten") live.appendSync(other);
  live.closeSync();
}

async function openersAtOnce<T>(rig: Rig<T>): Promise<void> {
  const made = await rig.made(FILE, rig.small);
  for (const index of [undefined, (made.index as Uint8Array).slice(0, -3)]) {
    rig.putUnsealed(FILE, made.data, index);
    const readers = await Promise.all(Array.from({ length: 5 }, () => rig.open(FILE)));
    for (const [i, reader] of readers.entries()) {
      await rig.checkReader(reader, rig.small, `reader ${i} of five that opened at once`);
      await reader.close();
    }
    const left = rig.bytes(rig.indexOf(FILE));
    checkBytes(
      left,
      rig.direct ? made.index : index,
      "the index after five readers opened at once",
    );
    const names = rig.store.listSync().filter((name) => name.includes("tmp"));
    checkIs(names.join(), "", "temporary files after five readers opened at once");
  }
}

/** An index that others replace or build at the same time. */
export const indexInUse: readonly LawCase[] = [
  {
    name: "law 6: an index that is replaced while it is open",
    needs: ["index"],
    run: replacedWhileOpen,
  },
  { name: "law 6: several openers at once", needs: ["index"], run: openersAtOnce },
];
