import { describe, expect, test } from "vitest";
import {
  type FormatUnderTest,
  formatCases,
  type Golden,
  lackedCases,
} from "../../src/testkit/index.ts";
import { blobs } from "../support/blobs.ts";
import { ChunkedReader } from "../support/chunked-format.ts";
import { FootedReader } from "../support/footed-format.ts";
import { delimited, failing, values } from "./law-checks.ts";
import * as readers from "./mutant-readers.ts";
import * as writers from "./mutant-writers.ts";

/** A format with one fault, and the beginnings of the cases that must notice it. */
interface Mutant {
  readonly fault: string;
  readonly format: FormatUnderTest<Uint8Array>;
  readonly noticedBy: readonly string[];
}

const golden: Golden<Uint8Array> = {
  name: "two blobs",
  bytes: Uint8Array.of(1, 7, 2, 8, 9),
  values: [Uint8Array.of(7), Uint8Array.of(8, 8)],
};

const mutants: readonly Mutant[] = [
  {
    fault: "offsets that are off by one",
    format: delimited({ Reader: readers.OffByOneReader }),
    noticedBy: ["law 2: opening", "law 3: append without index"],
  },
  {
    fault: "a scan that loses the last record",
    format: delimited({ Reader: readers.LastLostReader }),
    noticedBy: ["law 2: rebuildIndex", "law 2: opening", 'law 4: tail "ignore"'],
  },
  {
    fault: "a scan that ignores where it should begin",
    format: delimited({ Reader: readers.ForgetfulReader }),
    noticedBy: ["law 6: onStaleIndex"],
  },
  {
    fault: "a torn record that counts as whole",
    format: delimited({ Reader: readers.TornIsWholeReader }),
    noticedBy: ["law 4: a cut file yields", 'law 4: tail "error"'],
  },
  {
    fault: "an error without a code",
    format: delimited({ Reader: readers.UncodedReader }),
    noticedBy: ["law 4: a cut file yields", "law 5: a flipped bit is noticed while"],
  },
  {
    fault: "a _get that does not look at its frame",
    format: delimited({ Reader: readers.TrustingReader }),
    noticedBy: ["law 6: every byte of the index"],
  },
  {
    fault: "a _get that returns the frame",
    format: delimited({ Reader: readers.HeadIncludedReader }),
    noticedBy: ["law 1: get", "law 1: both iterations"],
  },
  {
    fault: "values that share the reader's buffer",
    format: delimited({ Reader: readers.BorrowingReader }),
    noticedBy: ["law 1: get and getSync"],
  },
  {
    fault: "damage that reads as an empty blob",
    format: delimited({ Reader: readers.SwallowingReader }),
    noticedBy: ["law 6: every byte of the index"],
  },
  {
    fault: "damage to a payload that nobody notices, though none is declared",
    format: delimited({ unchecked: undefined }),
    noticedBy: ["law 5: a flipped bit is noticed"],
  },
  {
    fault: "damage to lengths declared as if it stayed in one record",
    format: delimited({ unchecked: () => "record" }),
    noticedBy: ["law 5: a flipped bit is noticed while"],
  },
  {
    fault: "a getMany that sorts",
    format: delimited({ Reader: readers.SortingReader }),
    noticedBy: ["law 1: getMany"],
  },
  {
    fault: "a reader that answers after close",
    format: delimited({ Reader: readers.UndeadReader }),
    noticedBy: ["law 7: every verb of a closed reader"],
  },
  {
    fault: "bounds that are checked after a read",
    format: delimited({ Reader: readers.LateBoundsReader }),
    noticedBy: ["law 7: an index out of range", "law 7: an aborted signal ends"],
  },
  {
    fault: "a failed read that is an empty blob",
    format: delimited({ Reader: readers.OptimisticReader }),
    noticedBy: ["law 9: a read that fails", "law 9: a read that is short"],
  },
  {
    fault: "a frame that is longer than its length",
    format: delimited({ Reader: readers.HastyReader }),
    noticedBy: ["law 6: every byte of the index"],
  },
  {
    fault: "a writer that reorders",
    format: delimited({ Writer: writers.ReversingWriter }),
    noticedBy: ["law 1: get", "law 8: un-awaited"],
  },
  {
    fault: "a writer that skips empty blobs",
    format: delimited({ Writer: writers.EmptySkippingWriter }),
    noticedBy: ["law 1: get", "law 2: rebuildIndex"],
  },
  {
    fault: "a writer whose bytes depend on the sitting",
    format: delimited({ Writer: writers.SittingWriter }),
    noticedBy: ["law 3: write(A)", "law 3: a file grown"],
  },
  {
    fault: "a writer that writes what is no blob",
    format: delimited({ Writer: writers.CoercingWriter, invalid: ["text", 7] }),
    noticedBy: ["law 8: invalid values"],
  },
  {
    fault: "a writer that remembers what it refused",
    format: delimited({ Writer: writers.GatheringWriter, invalid: ["text"] }),
    noticedBy: ["law 8: invalid values"],
  },
  {
    fault: "a writer that encodes later",
    format: delimited({ Writer: writers.LateWriter }),
    noticedBy: ["law 8: un-awaited"],
  },
  {
    fault: "a commit that does nothing",
    format: delimited({ Writer: writers.LazyWriter }),
    noticedBy: ["law 8: commits at once"],
  },
  {
    fault: "handles that are not counted",
    format: delimited({ Writer: writers.SelfishWriter }),
    noticedBy: ["law 8: the file closes"],
  },
  {
    fault: "a mark after what was appended",
    format: delimited({ Writer: writers.MarkingWriter }),
    noticedBy: ["law 3: write(A)", "law 3: a commit after each"],
  },
  {
    fault: "a footer that counts as part of the last record",
    format: delimited({ Reader: FootedReader, Writer: writers.InlineFooterWriter }),
    noticedBy: ["law 3: write(A)", "law 3: a file grown"],
  },
  {
    fault: "a writer that gathers and does not say so",
    format: delimited({ Reader: ChunkedReader, Writer: writers.SecretlyGatheringWriter }),
    noticedBy: ["law 8: un-awaited", "law 8: extend takes"],
  },
  {
    fault: "a scan that ignores where it should begin, while others write",
    format: delimited({ Reader: readers.ForgetfulReader }),
    noticedBy: ["law 8: a follower gets"],
  },
  {
    fault: "a scan that loses the last record, while others write",
    format: delimited({ Reader: readers.LastLostReader }),
    noticedBy: [
      "law 8: whole records that another",
      "law 8: a follower gets",
      "law 9: a recovery that is killed",
    ],
  },
  {
    fault: "a follower that never notices another file",
    format: delimited({ Reader: readers.LoyalReader }),
    noticedBy: ["law 8: a follower whose file is replaced"],
  },
  {
    fault: "a look at frames that refuses sound ones",
    format: delimited({ Reader: readers.FussyReader }),
    noticedBy: [
      "law 5: every level of verify finds a sound",
      "law 5: every level of verify finds a file",
    ],
  },
  {
    fault: "a repair that adds bytes",
    format: delimited({ Writer: writers.SeparatingWriter }),
    noticedBy: [
      "law 4: repair keeps every whole",
      "law 4: repair of a sound",
      "law 4: repair in place",
    ],
  },
  {
    fault: "a repair that drops records",
    format: delimited({ Writer: writers.EmptyDroppingWriter }),
    noticedBy: ["law 4: repair keeps what lies before", "law 4: repair of a sound"],
  },
  {
    fault: "an append that is counted though it failed",
    format: delimited({ Writer: writers.SittingWriter }),
    noticedBy: ["law 9: an append that fails"],
  },
  {
    fault: "a golden that reads otherwise",
    format: delimited({ goldens: [golden] }),
    noticedBy: ["law 10: two blobs reads"],
  },
  {
    fault: "a golden that is not made again",
    format: delimited({ goldens: [{ ...golden, values: blobs(1, 2), exact: true }] }),
    noticedBy: ["law 10: two blobs is made again"],
  },
];

describe.each(mutants)("the kit notices $fault", ({ format, noticedBy }) => {
  test.each(noticedBy)("%s", { timeout: 60_000 }, async (law) => {
    const failed = await failing(format, law);
    expect(failed.map(({ name }) => name)).not.toEqual([]);
    for (const { name, error } of failed) {
      expect(error.name).toBe("LawError");
      expect(error.message).toContain("seed: 20260101");
      expect(error.message).toContain(name);
    }
  });
});

describe("what the kit says of itself", () => {
  test("a lack that is no longer true fails", async () => {
    const failed = await failing(delimited({ lacks: ["tornTail"] }), "lacks tornTail");
    expect(failed[0]?.error.message).toContain('lacks: ["tornTail"] is no longer true');
  }, 60_000);

  test("a lack that is true passes, and names what is left out", async () => {
    const sitting = delimited({ lacks: ["sameBytes"], Writer: writers.SittingWriter });
    expect(await failing(sitting, "lacks sameBytes")).toEqual([]);
    const noAppend = delimited({ lacks: ["append"] });
    const [lack] = formatCases(noAppend).filter(({ name }) => name.startsWith("lacks append"));
    for (const name of lackedCases(noAppend)) expect(lack?.name).toContain(name);
    expect(lackedCases(noAppend).length).toBeGreaterThan(10);
  });

  test("another seed is named by what fails", async () => {
    const format = delimited({ Reader: readers.HeadIncludedReader });
    const [first] = await failing(format, "law 1: get and", { seed: 7 });
    expect(first?.error.message).toContain("place: memory, seed: 7");
  });

  test("too few values are refused", async () => {
    const [first] = await failing(delimited({ values: values.slice(0, 2) }), "law 1: get and");
    expect(first?.error.message).toContain("at least three values");
  });
});
