import { Cursor, type CursorOptions, type CursorState, permutation } from "@nthrec/core/order";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { property as usual } from "../support/property.ts";

// A machine that is busy with other things takes its time.
vi.setConfig({ testTimeout: 60_000 });

// Each worker makes its own table of each pass, a millisecond each.
const property = { ...usual, numRuns: Math.min(usual.numRuns, 40) };

/** Workers in step: what each took in `rounds` rounds, in the order of the turns, and the state they agree on. */
function run(options: CursorOptions, workers: number, rounds: number) {
  const cursors = Array.from(
    { length: workers },
    (_, worker) => new Cursor({ ...options, worker, workers }),
  );
  const taken: number[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const cursor of cursors) {
      const record = cursor.next();
      if (record !== undefined) taken.push(record);
    }
  }
  const states = cursors.map((cursor) => JSON.stringify(cursor));
  expect(new Set(states).size).toBe(1);
  return { taken, state: JSON.parse(states[0] as string) as CursorState };
}

describe("laws", () => {
  const runs = fc.array(
    fc.record({ workers: fc.integer({ min: 1, max: 9 }), rounds: fc.nat(20) }),
    {
      maxLength: 6,
    },
  );
  const seeds = fc.option(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { nil: undefined });

  test("keep: however often the number of workers changes, every pass has every record once, in its order", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        seeds,
        fc.integer({ min: 0, max: 4 }),
        runs,
        (length, seed, epochs, stages) => {
          const passes = Array.from({ length: epochs }, (_, epoch) =>
            seed === undefined
              ? Array.from({ length }, (_, i) => i)
              : [...permutation(length, seed, { epoch })],
          ).flat();
          const options = { length, seed, epochs };
          const taken: number[] = [];
          let state: CursorState = { epoch: 0, position: 0 };
          for (const { workers, rounds } of stages) {
            const stage = run({ ...options, state }, workers, rounds);
            taken.push(...stage.taken);
            state = stage.state;
          }
          taken.push(...new Cursor({ ...options, state }));
          expect(taken).toEqual(passes);
        },
      ),
      property,
    );
  });

  test("drop: nothing twice in a pass, and fewer than one each are left out", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 8, max: 60 }),
        fc.integer({ min: 1, max: 8 }),
        (length, workers) => {
          const rounds = Math.floor(length / workers);
          const { taken, state } = run({ length, seed: 5, remainder: "drop" }, workers, rounds);
          expect(new Set(taken).size).toBe(taken.length);
          expect(taken).toEqual(permutation(length, 5).slice(0, rounds * workers));
          expect(state).toEqual({ epoch: 1, position: 0 });
        },
      ),
      property,
    );
  });

  test("pad: all take equally many, and the pass begins again for those behind its end", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 80 }),
        (length, workers) => {
          const rounds = Math.ceil(length / workers);
          const { taken, state } = run({ length, seed: 5, remainder: "pad" }, workers, rounds);
          const pass = [...permutation(length, 5)];
          expect(taken).toEqual(
            Array.from({ length: rounds * workers }, (_, i) => pass[i % length]),
          );
          expect(state).toEqual({ epoch: 1, position: 0 });
        },
      ),
      property,
    );
  });
});

describe("one worker", () => {
  test("takes batches, and says where it is", () => {
    const cursor = new Cursor({ length: 10, seed: 42, epochs: 2 });
    expect(cursor.take(4)).toEqual([8, 6, 7, 9]);
    expect(cursor.state).toEqual({ epoch: 0, position: 4 });
    expect(cursor.take(7)).toHaveLength(7);
    expect(cursor.state).toEqual({ epoch: 1, position: 1 });
    expect(cursor.take(100)).toHaveLength(9);
    expect(cursor.state).toEqual({ epoch: 2, position: 0 });
    expect(cursor.done).toBe(true);
    expect(cursor.next()).toBeUndefined();
    expect(cursor.take(3)).toEqual([]);
  });

  test("a finished run can be looked at again", () => {
    const cursor = new Cursor({ length: 10, epochs: 2, state: { epoch: 2, position: 0 } });
    expect(cursor.done).toBe(true);
    expect([...cursor]).toEqual([]);
    // A pass that was left at its very end.
    const end = new Cursor({ length: 10, epochs: 2, state: { epoch: 0, position: 10 } });
    expect(end.state).toEqual({ epoch: 1, position: 0 });
  });

  test("goes on without end, and leaving a loop keeps the place", () => {
    const cursor = new Cursor({ length: 3 });
    const seen: number[] = [];
    for (const record of cursor) {
      seen.push(record);
      if (seen.length === 8) break;
    }
    expect(seen).toEqual([0, 1, 2, 0, 1, 2, 0, 1]);
    expect(cursor.state).toEqual({ epoch: 2, position: 2 });
    expect(cursor.next()).toBe(2);
  });

  test("no records are no work", () => {
    const cursor = new Cursor({ length: 0, remainder: "drop", workers: 4 });
    expect(cursor.done).toBe(true);
    expect([...cursor]).toEqual([]);
    expect(cursor.state).toEqual({ epoch: 0, position: 0 });
  });
});

describe("what does not fit is refused", () => {
  test.each([
    { epoch: 0, position: 11 },
    { epoch: -1, position: 0 },
    { epoch: 0.5, position: 0 },
    { epoch: 3, position: 0 },
    { epoch: 2, position: 1 },
    { epoch: 0, position: "4" as unknown as number },
    {} as CursorState,
  ])("%j", (state) => {
    expect(() => new Cursor({ length: 10, epochs: 2, state })).toThrow(
      expect.objectContaining({ code: "NTH_INVALID_VALUE" }),
    );
  });

  test("more workers than records, with drop", () => {
    expect(() => new Cursor({ length: 3, workers: 4, remainder: "drop" })).toThrow(
      '3 records are too few for 4 workers: remainder "drop" leaves nothing',
    );
  });

  test.each<Partial<CursorOptions>>([
    { length: -1 },
    { epochs: 1.5 },
    { workers: 0 },
    { worker: 1 },
    { seed: -1 },
    { seed: 1, rounds: 3 },
    { remainder: "lose" as never },
  ])("%j", (wrong) => {
    expect(() => new Cursor({ length: 10, ...wrong })).toThrow(TypeError);
  });

  test("a batch of no number", () => {
    expect(() => new Cursor({ length: 10 }).take(-1)).toThrow(TypeError);
  });
});
