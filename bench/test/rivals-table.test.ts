import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { figuresOf } from "../../scripts/rivals-figures.mjs";
import { judged, slowerThanRivals } from "../../scripts/rivals-promises.mjs";
import { type Case, withCase } from "../../scripts/rivals-results.mjs";
import { causeOf, pageOf } from "../../scripts/rivals-table.mjs";
import { cases } from "../src/cases/index.ts";
import {
  ARRAY_RECORD,
  MEGSTORE,
  NUMPY,
  TENSORBLOB,
  TENSORFLOW,
  TFD_UTILS,
} from "../src/harness/rival.ts";
import { promises } from "../src/promises.ts";

const root = join(import.meta.dirname, "../..");
const names: readonly string[] = cases.map(({ name }) => name);
const json = (path: string) => JSON.parse(readFileSync(join(root, path), "utf8"));
const figures: Record<string, { say: string; case: string; variant: string; against?: string }[]> =
  json("bench/figures.json");
const causes: Record<string, string> = json("bench/causes.json");

test("every promise has a case that measures it, and every figure of a README", () => {
  const wanted = [...promises, ...Object.values(figures).flat()].map((each) => each.case);
  expect(wanted.filter((name) => !names.includes(name))).toEqual([]);
  expect(new Set(names).size).toBe(names.length);
});

test("figures stand beside rivals that there are", () => {
  const rivals = new Set(
    [MEGSTORE, TFD_UTILS, TENSORFLOW, NUMPY, TENSORBLOB, ARRAY_RECORD].map((each) => each.name),
  );
  const floors = new Set(["the same system calls"]);
  const named = Object.values(figures)
    .flat()
    .flatMap(({ against }) => against ?? []);
  expect(named.filter((name) => !rivals.has(name) && !floors.has(name))).toEqual([]);
});

test("every package has three figures, and a place for them", () => {
  const packages = ["core", "jsonl", "msgpack", "tfrecord", "arrayrecord", "tensorblob", "cli"];
  expect(Object.keys(figures).sort()).toEqual([...packages].sort());
  for (const name of packages) {
    expect(figures[name]?.length).toBe(3);
    const readme = readFileSync(join(root, "packages", name, "README.md"), "utf8");
    expect(readme).toMatch(/<!-- figures: begin -->.*<!-- figures: end -->/s);
  }
});

test("every cause belongs to some case", () => {
  const idle = Object.keys(causes).filter(
    (word) => !names.some((name) => name === word || name.startsWith(`${word}-`)),
  );
  expect(idle).toEqual([]);
});

const variant = (name: string, role: string, rounds: number[]) => {
  const [lower, median, upper] = [...rounds].sort((a, b) => a - b) as [number, number, number];
  return { name, role, rounds, cost: { lower, median, upper } };
};
const measured = (name: string, ...variants: ReturnType<typeof variant>[]): Case => ({
  name,
  title: `title of ${name}`,
  unit: "ns/record",
  bytes: 1000,
  variants,
  notes: name === "two" ? ["seen"] : [],
  rivals: { rival: "1.2" },
  conditions: {
    date: "2026-01-02",
    revision: "abc",
    node: "v20.1.2",
    cpu: "a processor",
    cores: 2,
    clock: "cpu",
    records: 1e6,
    load: 0.5,
  },
});
const results = [
  measured(
    "one",
    variant("ours", "ours", [100, 200, 300]),
    variant("rival", "rival", [400, 400, 400]),
  ),
  measured(
    "two",
    variant("ours", "ours", [500, 500, 500]),
    variant("rival", "rival", [400, 500, 400]),
  ),
];
const promise = (name: string, goal: object) => ({
  package: "p",
  case: name,
  variant: "ours",
  ...goal,
});

test("promises are judged by medians, and what was not measured is open", () => {
  const verdicts = judged(
    [
      promise("one", { against: "rival", atLeast: 2 }),
      promise("one", { against: "rival", atLeast: 2.1 }),
      promise("one", { against: "another", atLeast: 1 }),
      promise("one", { against: "another", otherwise: "rival", atLeast: 1 }),
      promise("one", { atMost: 200 }),
      promise("one", { atMost: 199 }),
      promise("one", { gigabytes: 5 }),
      promise("one", { reported: true }),
      promise("three", { atMost: 1 }),
      { ...promise("one", { atMost: 1 }), variant: "gone" },
    ],
    results,
  );
  expect(verdicts.map(({ verdict }) => verdict)).toEqual([
    "reached",
    "missed",
    "open",
    "reached",
    "reached",
    "missed",
    "reached",
    "reported",
    "open",
    "open",
  ]);
  expect(verdicts[0]?.measured).toBe("2 (1.67–3)");
  expect(verdicts[6]?.measured).toBe("5 (3.33–10) GB/s");
});

test("what a rival does faster is listed with its cause", () => {
  expect(slowerThanRivals(results).map((each) => [each.case, each.rival, each.median])).toEqual([
    ["two", "rival 1.2", 0.8],
  ]);
  const page = pageOf(results, [promise("two", { against: "rival", atLeast: 1 })], { two: "slow" });
  expect(page).toContain("0 reached, 1 missed, 0 not measured");
  expect(page).toContain("| title of two | ours | rival 1.2 | 0.8 (0.8–0.9) | slow |");
  expect(page).toContain("- **title of two**: slow");
  expect(page.endsWith("What else was seen:\n\n- title of two: seen")).toBe(true);
  expect(page).toContain(
    "Node 20.1.2, 2 cores of a processor, processor time; load of the machine 0.5",
  );
});

test("a cause holds for all cases whose names begin so", () => {
  const all = { a: "a", "a-b": "ab" };
  expect(["a", "a-c", "a-b-c", "b"].map((name) => causeOf(name, all))).toEqual([
    "a",
    "a",
    "ab",
    "not known",
  ]);
});

test("a README tells its figures with their conditions, or that there are none", () => {
  const figure = { say: "Things", case: "one", variant: "ours", against: "rival" };
  expect(figuresOf([figure], results)).toContain(
    "- Things: **5 GB/s**, 2 (1.67–3) times rival 1.2",
  );
  expect(figuresOf([{ ...figure, case: "three" }], results)).toContain("None yet");
});

test("a case that is measured again takes its place, and what is no case any more goes", () => {
  const again = { ...results[0], title: "again" } as Case;
  const found = withCase([...results, measured("old")], again, ["one", "two"]);
  expect(found.map(({ title }) => title)).toEqual(["again", "title of two"]);
});
