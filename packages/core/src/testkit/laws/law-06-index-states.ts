import { check, checkBytes, checkCoded } from "../check.ts";
import { sameBytes } from "../equal.ts";
import { FaultStore } from "../faults/fault-store.ts";
import type { LawCase } from "../law-case.ts";
import type { Rig } from "../rig.ts";
import { checkSurvey, survey } from "../survey.ts";
import { type IndexStateCase, indexStates, putState } from "./index-states.ts";

const FILE = "states";

/** Sound data with an index in some state beside them. */
interface Situation extends IndexStateCase {
  /** Whether the seal of the data's writer is there too. */
  readonly sealed: boolean;
  /** The index that the writer wrote. */
  readonly good: Uint8Array;
  /** The situation in words. */
  readonly what: string;
}

/** Runs `body` in every state of the index, with and without a seal. */
async function everyState<T>(
  rig: Rig<T>,
  body: (situation: Situation) => Promise<void>,
): Promise<void> {
  const made = await rig.made(FILE, rig.small);
  for (const sealed of [false, true]) {
    for (const state of await indexStates(rig, made, rig.small)) {
      await putState(rig, FILE, rig.small, state, sealed);
      const what = `an index ${state.name}, ${sealed ? "with" : "without"} a seal`;
      await body({ ...state, sealed, good: made.index as Uint8Array, what });
    }
  }
}

async function policyRebuild<T>(rig: Rig<T>): Promise<void> {
  await everyState(rig, async (situation) => {
    const { what } = situation;
    await rig.reading(FILE, (reader) => rig.checkReader(reader, rig.small, what), {
      onStaleIndex: "rebuild",
    });
    checkAfter(rig, situation, what);
    await rig.checkFile(FILE, rig.small, `${what}, opened again`);
    checkAfter(rig, situation, `${what}, opened again`);
  });
}

/** The good index was published, unless the place is not ours to write. */
function checkAfter<T>(rig: Rig<T>, { sealed, good, ...state }: Situation, what: string): void {
  const left = rig.bytes(rig.indexOf(FILE));
  const same = left === state.index || (left && state.index && sameBytes(left, state.index));
  // A seal tells which part of an index to use: it may stay as it is until the next writer mends it.
  if (sealed && same === true) return;
  const untouched = state.foreign === true || !rig.direct;
  checkBytes(left, untouched ? state.index : good, `${what}, after opening: the index`);
}

async function policyRebuildSync<T>(rig: Rig<T>): Promise<void> {
  if (!rig.direct) return;
  await everyState(rig, async (situation) => {
    const what = `${situation.what}, synchronously`;
    const reader = rig.openSync(FILE, { onStaleIndex: "rebuild" });
    try {
      rig.checkValues([...reader], rig.small, what);
    } finally {
      reader.closeSync();
    }
    checkAfter(rig, situation, what);
  });
}

async function policyMemory<T>(rig: Rig<T>): Promise<void> {
  await everyState(rig, async ({ index, what }) => {
    for (const options of [{ onStaleIndex: "memory" }, { index: "memory" }] as const) {
      const how = `${what}, ${JSON.stringify(options)}`;
      await rig.checkFile(FILE, rig.small, how, options);
      checkBytes(rig.bytes(rig.indexOf(FILE)), index, `${how}: the index`);
    }
  });
}

async function policyThrow<T>(rig: Rig<T>): Promise<void> {
  await rig.write(FILE, rig.small);
  // A Blob has nothing beside it, so there is no state to speak of.
  const beside = rig.direct || (await hasNeighbours(rig));
  await everyState(rig, async ({ what, sealed, ...state }) => {
    const how = `${what}, onStaleIndex "throw"`;
    const found = await survey(rig, FILE, { onStaleIndex: "throw" });
    if ("error" in found) checkCoded(found.error, how, ...state.codes);
    else {
      const mayOpen = !beside || (sealed && rig.direct);
      check(mayOpen, `${how}: it opened, instead of failing with ${state.codes.join(" or ")}`);
      checkSurvey(rig, found, rig.small, how);
    }
    checkBytes(rig.bytes(rig.indexOf(FILE)), state.index, `${how}: the index`);
  });
}

async function hasNeighbours<T>(rig: Rig<T>): Promise<boolean> {
  const input = await rig.input(FILE);
  return typeof input === "string" || input instanceof URL;
}

/** Every byte of the index damaged, and the index cut after every byte. */
async function everyByte<T>(rig: Rig<T>): Promise<void> {
  const { index } = await rig.made(FILE, rig.small);
  const good = index as Uint8Array;
  const step = rig.slow ? 5 : 1;
  for (const sealed of [false, true]) {
    for (let at = 0; at < good.length; at += step) {
      const copy = good.slice();
      copy[at] = (copy[at] as number) ^ (1 << rig.random.below(8));
      const states = {
        [`byte ${at} of the index damaged`]: copy,
        [`the index cut after byte ${at}`]: good.slice(0, at),
      };
      for (const [name, bytes] of Object.entries(states)) {
        for (const onStaleIndex of ["rebuild", "throw"] as const) {
          await putState(rig, FILE, rig.small, { name, index: bytes, codes: [] }, sealed);
          const what = `${name}, ${sealed ? "with" : "without"} a seal, onStaleIndex "${onStaleIndex}"`;
          checkSurvey(rig, await survey(rig, FILE, { onStaleIndex }), rig.small, what);
        }
      }
    }
  }
}

/** A folder in which nothing can be created: the offsets stay in memory. */
async function unwritable<T>(rig: Rig<T>): Promise<void> {
  await everyState(rig, async ({ what, index }) => {
    const store = new FaultStore(rig.store, () => 0);
    for (const onStaleIndex of ["rebuild", "memory"] as const) {
      const where = `${what}, in a place that cannot be written, onStaleIndex "${onStaleIndex}"`;
      const entry = { store, name: FILE };
      const options = { ...rig.format.readerOptions, onStaleIndex };
      const reader = await rig.format.Reader.open(entry, options);
      try {
        await rig.checkReader(reader, rig.small, where);
      } finally {
        await reader.close();
      }
      const again = rig.format.Reader.openSync(entry, options);
      rig.checkValues([...again], rig.small, `${where}, synchronously`);
      again.closeSync();
      checkBytes(rig.bytes(rig.indexOf(FILE)), index, `${where}: the index`);
    }
  });
}

/** Missing, invalid, stale, foreign, unwritable: each state, each policy. */
export const indexStateCases: readonly LawCase[] = [
  {
    name: 'law 6: onStaleIndex "rebuild" reads right and leaves a sound index',
    needs: ["index"],
    run: policyRebuild,
  },
  {
    name: 'law 6: onStaleIndex "rebuild", synchronously',
    needs: ["index"],
    run: policyRebuildSync,
  },
  {
    name: 'law 6: onStaleIndex "memory" reads right and writes nothing',
    needs: ["index"],
    run: policyMemory,
  },
  {
    name: 'law 6: onStaleIndex "throw" names the state by its code',
    needs: ["index"],
    run: policyThrow,
  },
  { name: "law 6: every byte of the index damaged or cut off", needs: ["index"], run: everyByte },
  {
    name: "law 6: a place that cannot be written",
    needs: ["index"],
    anywhere: true,
    run: unwritable,
  },
];
