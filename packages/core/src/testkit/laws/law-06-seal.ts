import { check } from "../check.ts";
import type { LawCase } from "../law-case.ts";
import { type Rig, SEAL_SUFFIX } from "../rig.ts";
import { checkSurvey, survey } from "../survey.ts";

const FILE = "sealed";
const SEAL = FILE + SEAL_SUFFIX;
/** Places in the empty parts of a seal that are tried besides all bytes that mean something. */
const ELSEWHERE = 24;

/** A file that was written and then appended to, with a fresh seal; one way to damage it. */
interface Damage {
  readonly name: string;
  apply(seal: Uint8Array): Uint8Array;
}

async function prepare<T>(rig: Rig<T>, values: readonly T[]): Promise<Uint8Array> {
  const half = Math.ceil(values.length / 2);
  await rig.write(FILE, values.slice(0, half), { mode: "write" });
  await rig.write(FILE, values.slice(half), { mode: "append" });
  const seal = rig.bytes(SEAL);
  check(seal !== undefined, `appending left no ${SEAL}`);
  return seal;
}

function damages<T>(rig: Rig<T>, seal: Uint8Array): Damage[] {
  const meaningful = [...seal.keys()].filter(
    (at) => seal[at] !== 0 || seal[at - 1] !== 0 || seal[at + 1] !== 0,
  );
  const places = [...new Set([...meaningful, ...rig.random.sample(seal.length, ELSEWHERE)])];
  const tried = rig.slow ? rig.random.shuffle(places).slice(0, 40) : places;
  const flips = tried.map((at) => {
    const bit = 1 << rig.random.below(8);
    const apply = (bytes: Uint8Array): Uint8Array =>
      bytes.map((byte, i) => (i === at ? byte ^ bit : byte));
    return { name: `byte ${at} of the seal damaged`, apply };
  });
  const cuts = tried.map((at) => ({
    name: `the seal cut after byte ${at}`,
    apply: (bytes: Uint8Array) => bytes.slice(0, at),
  }));
  const zeros = {
    name: "the seal all zeros",
    apply: (bytes: Uint8Array) => new Uint8Array(bytes.length),
  };
  const noise = {
    name: "the seal all noise",
    apply: (bytes: Uint8Array) => rig.random.bytes(bytes.length),
  };
  return [...flips, ...cuts, zeros, noise];
}

async function readDamaged<T>(rig: Rig<T>): Promise<void> {
  const values = rig.small;
  let seal = await prepare(rig, values);
  for (const damage of damages(rig, seal)) {
    rig.put(SEAL, damage.apply(seal));
    for (const onStaleIndex of ["rebuild", "throw"] as const) {
      checkSurvey(
        rig,
        await survey(rig, FILE, { onStaleIndex }),
        values,
        `${damage.name}, onStaleIndex "${onStaleIndex}"`,
      );
    }
    if (rig.bytes(rig.indexOf(FILE)) === undefined) seal = await prepare(rig, values);
  }
}

async function appendDamaged<T>(rig: Rig<T>): Promise<void> {
  const values = rig.small.slice(0, 3);
  const added = rig.small[0] as T;
  for (const damage of damages(rig, await prepare(rig, values))) {
    rig.put(SEAL, damage.apply(await prepare(rig, values)));
    await rig.write(FILE, [added], { mode: "append" });
    await rig.checkFile(FILE, [...values, added], `${damage.name}, then appended to`);
  }
}

/** The seal of one file beside the data of another. */
async function foreignSeal<T>(rig: Rig<T>): Promise<void> {
  for (const values of [rig.small.slice(0, 1), [...rig.small].reverse(), []]) {
    await rig.write("other", values);
    await prepare(rig, rig.small);
    rig.put(SEAL, rig.bytes(`other${SEAL_SUFFIX}`));
    await rig.checkFile(
      FILE,
      rig.small,
      `the seal of a file of ${values.length} other records beside the data`,
    );
    rig.put(SEAL, rig.bytes(`other${SEAL_SUFFIX}`));
    await rig.write(FILE, [rig.small[0] as T], { mode: "append" });
    await rig.checkFile(
      FILE,
      [...rig.small, rig.small[0] as T],
      `the seal of a file of ${values.length} other records, then appended to`,
    );
  }
}

/** A damaged seal costs a scan, never a record. */
export const sealCases: readonly LawCase[] = [
  {
    name: "law 6: every byte of the seal damaged or cut off, then read",
    needs: ["append"],
    run: readDamaged,
  },
  {
    name: "law 6: every byte of the seal damaged or cut off, then appended to",
    needs: ["append"],
    run: appendDamaged,
  },
  { name: "law 6: the seal of another file", needs: ["append"], run: foreignSeal },
];
