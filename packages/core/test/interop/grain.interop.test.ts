import { Cursor, permutation, shard } from "@nthrec/core/order";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Python } from "../../../../interop/python.ts";
import { grainCases } from "../vectors/grain.ts";

// Grain itself, asked for the same orders.

const python = Python.with("grain", ["grain", "array-record"]);
const seed = Number(process.env["NTHREC_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
console.log(`grain ${python.version("grain")}, NTHREC_SEED=${seed}`);

/** Answers the records at some positions of some permutations. */
const SHUFFLE = `
import json, sys
from grain._src.python.experimental.index_shuffle.python import index_shuffle_module as module
answer = lambda c: [
    module.index_shuffle(index=p, max_index=c["length"] - 1, seed=c["seed"], rounds=c["rounds"])
    for p in c["positions"]
]
print(json.dumps([answer(c) for c in json.loads(sys.argv[1])]))
`;

/** Answers a shuffled, repeated range, as some workers see it, and even splits of its length. */
const DATASET = `
import json, sys
import grain
from grain._src.core import sharding
length, seed, epochs, workers = map(int, sys.argv[1:])
whole = grain.MapDataset.range(length).shuffle(seed=seed).repeat(epochs)
split = lambda i, drop: sharding.even_split(length, sharding.ShardOptions(i, workers, drop))
print(json.dumps({
    "workers": [[int(x) for x in whole[i::workers]] for i in range(workers)],
    "keep": [split(i, False) for i in range(workers)],
    "drop": [split(i, True) for i in range(workers)],
}))
`;

interface Dataset {
  readonly workers: number[][];
  readonly keep: [number, number][];
  readonly drop: [number, number][];
}

describe("Grain's index_shuffle", () => {
  test("answers what the vectors say", () => {
    const answers = python.json(SHUFFLE, JSON.stringify(grainCases));
    expect(answers).toEqual(grainCases.map(({ records }) => records));
  });

  test("and permutation agree on random lengths, seeds and rounds", () => {
    const length = fc.double({ min: 1, max: 47, noNaN: true }).map((x) => Math.floor(2 ** x));
    const cases = fc.sample(
      fc.record({
        length: length.filter((n) => !isDefect(n)),
        seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        rounds: fc.integer({ min: 2, max: 20 }).map((half) => 2 * half),
        at: fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), {
          minLength: 5,
        }),
      }),
      { seed, numRuns: Number(process.env["NTHREC_RUNS"] ?? 100) },
    );
    const asked = cases.map(({ at, ...rest }) => ({
      ...rest,
      positions: at.map((x) => Math.floor(x * rest.length)),
    }));
    const ours = asked.map((each) => {
      const order = permutation(each.length, each.seed, { rounds: each.rounds });
      return each.positions.map((position) => order.get(position));
    });
    expect(python.json(SHUFFLE, JSON.stringify(asked))).toEqual(ours);
  });

  test("gives two positions the same record where its block is too small, and ours does not", () => {
    const length = 2 ** 16 + 1;
    const positions = [0, 2 ** 16];
    const [theirs] = python.json(
      SHUFFLE,
      JSON.stringify([{ length, seed: 1, rounds: 4, positions }]),
    ) as number[][];
    expect(theirs?.[0]).toBe(theirs?.[1]);
    const order = permutation(length, 1);
    expect(order.get(0)).not.toBe(order.get(2 ** 16));
  });
});

test.each([
  [1, 0, 2, 1],
  [7, 3, 4, 3],
  [100, 42, 3, 8],
  [5000, 2 ** 32 - 1, 2, 6],
])(
  "Grain's data set of %i records, seed %i, %i epochs, %i workers",
  (length, seed, epochs, workers) => {
    const grain = python.json(DATASET, ...[length, seed, epochs, workers].map(String)) as Dataset;
    const ours = Array.from({ length: workers }, (_, worker) => [
      ...new Cursor({ length, seed, epochs, worker, workers }),
    ]);
    expect(ours).toEqual(grain.workers);
    for (const remainder of ["keep", "drop"] as const) {
      const splits = grain[remainder].map(([start, end]) =>
        Array.from({ length: end - start }, (_, i) => start + i),
      );
      const shares = Array.from({ length: workers }, (_, index) => [
        ...shard(length, index, workers, { remainder }),
      ]);
      expect(shares).toEqual(splits);
    }
  },
);

/** Lengths that Grain's block cannot hold: see {@link permutation}. */
function isDefect(length: number): boolean {
  const root = Math.log2(length - 1) / 2;
  return Number.isInteger(root) && root >= 8;
}
