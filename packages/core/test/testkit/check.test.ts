import { describe, expect, test } from "vitest";
import { NthrecError } from "../../src/index.ts";
import {
  check,
  checkBytes,
  checkCoded,
  checkFails,
  checkIs,
  checkRefused,
  fail,
  LawError,
  outcomeOf,
} from "../../src/testkit/check.ts";
import { formatCases } from "../../src/testkit/index.ts";
import { blobs } from "../support/blobs.ts";
import { indexBytes, plainData } from "../support/index-files.ts";
import { PlainReader, PlainWriter } from "../support/plain-format.ts";

const coded = new NthrecError("NTH_LOCKED", "busy");
const throws = (error: unknown) => (): never => {
  throw error;
};

describe("a check that fails says what differed", () => {
  const bytes = Uint8Array.of(1, 2);
  const failures: [() => void, RegExp][] = [
    [() => fail("so", coded), /^so$/],
    [() => check(false, "plain"), /^plain$/],
    [() => check(false, () => "made"), /^made$/],
    [() => checkIs(1, 2, "one"), /^one: got 1, expected 2$/],
    [() => checkBytes(undefined, bytes, "file"), /it is missing/],
    [() => checkBytes(bytes, undefined, "file"), /it should not exist/],
    [() => checkBytes(bytes, Uint8Array.of(1, 3), "file"), /^file: /],
    [() => checkCoded(new Error("odd"), "call"), /an error with a code, got Error: odd/],
    [
      () => checkCoded(coded, "call", "NTH_NOT_OPEN", "NTH_ABORTED"),
      /NTH_NOT_OPEN or NTH_ABORTED, got NTH_LOCKED/,
    ],
  ];
  test.each(failures)("%#", (run, message) => {
    expect(run).toThrow(LawError);
    expect(run).toThrow(message);
  });

  test("of calls that should fail", async () => {
    await expect(checkFails(() => 7, "call")).rejects.toThrow("expected an error, got 7");
    await expect(checkFails(() => 7, "call", "NTH_LOCKED")).rejects.toThrow("expected NTH_LOCKED");
    await expect(checkRefused(() => 7, "call")).rejects.toThrow("expected a TypeError, got 7");
    await expect(checkRefused(throws(coded), "call")).rejects.toThrow("got NthrecError: busy");
  });
});

test("a check that holds says nothing", async () => {
  check(true, "");
  checkIs(Number.NaN, Number.NaN, "");
  checkBytes(undefined, undefined, "");
  checkBytes(Uint8Array.of(1), Uint8Array.of(1), "");
  expect(checkCoded(coded, "")).toBe(coded);
  expect(await checkFails(throws(coded), "", "NTH_LOCKED")).toBe(coded);
  await checkRefused(throws(new TypeError()), "");
  expect(await outcomeOf(async () => 1)).toEqual({ value: 1 });
  expect(await outcomeOf(throws(coded))).toEqual({ error: coded });
});

describe("law 10 over a golden with index and offsets", () => {
  const sizes = [3, 0, 100];
  const filled = (lengths: readonly number[]): Uint8Array[] =>
    lengths.map((length, i) => new Uint8Array(length).fill(i));
  const { data, offsets } = plainData(sizes);
  const golden = {
    name: "three blobs",
    bytes: data,
    values: filled(sizes),
    index: indexBytes(offsets, data.length),
    offsets,
  };
  const run = async (goldens: readonly (typeof golden & { exact?: boolean })[]) => {
    const format = { Reader: PlainReader, Writer: PlainWriter, values: blobs(1, 2, 3), goldens };
    const cases = formatCases(format).filter(({ name }) => name.includes("law 10"));
    const failed: string[] = [];
    for (const each of cases) await each.run().catch((error: Error) => failed.push(error.message));
    return { cases: cases.length, failed };
  };

  test("passes when all is as stated", async () => {
    const { cases, failed } = await run([golden, { ...golden, name: "exact", exact: true }]);
    expect(failed).toEqual([]);
    expect(cases).toBeGreaterThanOrEqual(3);
  });

  test("fails for a wrong offset, a wrong value and a file that is not made the same", async () => {
    const wrongOffset = {
      ...golden,
      offsets: offsets.map((offset, i) => offset + (i === 1 ? 1 : 0)),
    };
    expect((await run([wrongOffset])).failed[0]).toContain("offset of record 1");
    expect((await run([{ ...golden, values: filled([3, 1, 100]) }])).failed).toHaveLength(1);
    const longer = { ...golden, values: filled([3, 0, 100, 1]), exact: true };
    expect((await run([longer])).failed).toHaveLength(2);
  });
});
