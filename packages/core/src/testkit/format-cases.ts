import { fail } from "./check.ts";
import type { LawCase } from "./law-case.ts";
import { roundTrip } from "./laws/law-01-round-trip.ts";
import { sequences } from "./laws/law-01-sequences.ts";
import { indexRebuilt } from "./laws/law-02-index-rebuilt.ts";
import { appendIsWrite } from "./laws/law-03-append.ts";
import { cut } from "./laws/law-04-cut.ts";
import { repairs } from "./laws/law-04-repair.ts";
import { flip } from "./laws/law-05-flip.ts";
import { verification } from "./laws/law-05-verify.ts";
import { indexInUse } from "./laws/law-06-index-in-use.ts";
import { indexStateCases } from "./laws/law-06-index-states.ts";
import { sealCases } from "./laws/law-06-seal.ts";
import { bounds } from "./laws/law-07-bounds.ts";
import { refusals } from "./laws/law-07-refusals.ts";
import { failures } from "./laws/law-08-failures.ts";
import { following } from "./laws/law-08-follow.ts";
import { foreign } from "./laws/law-08-foreign.ts";
import { order } from "./laws/law-08-order.ts";
import { changes } from "./laws/law-09-changes.ts";
import { recoveries } from "./laws/law-09-recovery.ts";
import { sources } from "./laws/law-09-sources.ts";
import { stores } from "./laws/law-09-stores.ts";
import { goldenCases } from "./laws/law-10-goldens.ts";
import { memoryPlace } from "./memory-place.ts";
import { DEFAULT_SEED } from "./random.ts";
import { Rig } from "./rig.ts";
import { runCase } from "./run-case.ts";
import { selectSmall } from "./selection.ts";
import type { ConformanceCase, FormatCasesOptions, FormatUnderTest, Lack } from "./types.ts";

const LAWS: readonly LawCase[] = [
  ...roundTrip,
  ...sequences,
  ...indexRebuilt,
  ...appendIsWrite,
  ...cut,
  ...repairs,
  ...flip,
  ...verification,
  ...indexStateCases,
  ...indexInUse,
  ...sealCases,
  ...refusals,
  ...bounds,
  ...order,
  ...failures,
  ...foreign,
  ...following,
  ...changes,
  ...sources,
  ...stores,
  ...recoveries,
];

/**
 * The laws that every record format keeps, as cases for any test runner.
 *
 * @example
 * for (const { name, run } of formatCases({ Reader, Writer, values })) test(name, run);
 */
export function formatCases<T>(
  format: FormatUnderTest<T>,
  options: FormatCasesOptions = {},
): readonly ConformanceCase[] {
  const bench = new Bench(format, options);
  const laws = lawsFor(format, options);
  const kept = laws.filter((law) => lackOf(format, law) === undefined);
  return [...kept.map((law) => bench.case(law)), ...lackCases(format, options, bench)];
}

/** The names of the cases that a format's `lacks` leaves out. */
export function lackedCases<T>(
  format: FormatUnderTest<T>,
  options: FormatCasesOptions = {},
): readonly string[] {
  return lawsFor(format, options)
    .filter((law) => lackOf(format, law) !== undefined)
    .map(({ name }) => name);
}

/** All cases that may apply at a place; those that work in memory run where the place is memory. */
function lawsFor<T>(format: FormatUnderTest<T>, options: FormatCasesOptions): LawCase[] {
  const elsewhere = options.place !== undefined && options.place !== memoryPlace;
  const laws = [...LAWS, ...goldenCases(format.goldens ?? [])];
  return laws.filter((law) => !(elsewhere && law.anywhere === true));
}

function lackOf<T>(format: FormatUnderTest<T>, law: LawCase): Lack | undefined {
  return format.lacks?.find((lack) => law.needs?.includes(lack));
}

/** One case for each lack: it names what was left out, and fails when the lack is no longer true. */
function lackCases<T>(
  format: FormatUnderTest<T>,
  options: FormatCasesOptions,
  bench: Bench<T>,
): ConformanceCase[] {
  return (format.lacks ?? []).flatMap((lack) => {
    const left = lawsFor(format, options).filter((law) => lackOf(format, law) === lack);
    if (left.length === 0) return [];
    const names = left.map(({ name }) => name).join("; ");
    return [
      {
        name: `lacks ${lack}: left out are ${left.length} cases (${names})`,
        run: async () => {
          for (const law of left) {
            const passed = await bench
              .case(law)
              .run()
              .then(
                () => true,
                () => false,
              );
            if (!passed) return;
          }
          fail(`lacks: ["${lack}"] is no longer true: each of these holds: ${names}`);
        },
      },
    ];
  });
}

/** What the cases of one format share. */
class Bench<T> {
  readonly #format: FormatUnderTest<T>;
  readonly #options: FormatCasesOptions;
  #small: Promise<readonly T[]> | undefined;

  constructor(format: FormatUnderTest<T>, options: FormatCasesOptions) {
    this.#format = format;
    this.#options = options;
  }

  case(law: LawCase): ConformanceCase {
    return { name: law.name, run: () => this.#run(law) };
  }

  #run(law: LawCase): Promise<void> {
    const maker = this.#options.place ?? memoryPlace;
    const seed = this.#options.seed ?? DEFAULT_SEED;
    return runCase(law.name, `place: ${maker.name}, seed: ${seed}`, async () => {
      this.#small ??= selectSmall(this.#format);
      const small = await this.#small;
      const place = await maker.make();
      try {
        await law.run(new Rig(this.#format, small, maker, place, seed));
      } finally {
        await place.close?.();
      }
    });
  }
}
