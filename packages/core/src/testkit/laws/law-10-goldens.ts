import { checkBytes, checkIs } from "../check.ts";
import type { LawCase } from "../law-case.ts";
import type { Rig } from "../rig.ts";
import type { Golden } from "../types.ts";

const FILE = "golden";

/** A golden file reads as its maker says, with and without the maker's index. */
async function readsAsStated<T>(rig: Rig<T>, golden: Golden<T>): Promise<void> {
  const options = golden.readerOptions ?? {};
  rig.putBare(FILE, golden.bytes);
  await rig.checkFile(FILE, golden.values, golden.name, options);
  const ours = rig.bytes(rig.indexOf(FILE));
  if (golden.offsets !== undefined) {
    const { offsets } = golden;
    await rig.reading(
      FILE,
      async (reader) => {
        for (const [i, offset] of offsets.entries()) {
          checkIs((await reader.locate(i)).start, offset, `${golden.name}: offset of record ${i}`);
        }
      },
      options,
    );
  }
  if (golden.index === undefined) return;
  if (rig.direct) checkBytes(ours, golden.index, `${golden.name}: our index beside the maker's`);
  rig.putUnsealed(FILE, golden.bytes, golden.index);
  await rig.checkFile(FILE, golden.values, `${golden.name} with the maker's index`, {
    ...options,
    onStaleIndex: "throw",
  });
  checkBytes(
    rig.bytes(rig.indexOf(FILE)),
    golden.index,
    `${golden.name}: the maker's index after reading`,
  );
}

async function madeTheSame<T>(rig: Rig<T>, golden: Golden<T>): Promise<void> {
  const made = await rig.made(FILE, golden.values);
  checkBytes(made.data, golden.bytes, `${golden.name}: our data`);
  if (golden.index !== undefined) checkBytes(made.index, golden.index, `${golden.name}: our index`);
}

/** Reference files read as stated, and are made again where the format has one form only; one or two cases each. */
export function goldenCases<T>(goldens: readonly Golden<T>[]): LawCase[] {
  return goldens.flatMap((golden) => {
    // A case is for any format; this golden belongs to the one whose cases are being made.
    const as = <V>(): Golden<V> => golden as unknown as Golden<V>;
    const read: LawCase = {
      name: `law 10: ${golden.name} reads as stated`,
      run: (rig) => readsAsStated(rig, as()),
    };
    const made: LawCase = {
      name: `law 10: ${golden.name} is made again byte for byte`,
      run: (rig) => madeTheSame(rig, as()),
    };
    return golden.exact === true ? [read, made] : [read];
  });
}
