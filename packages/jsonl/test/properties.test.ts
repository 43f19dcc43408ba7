import { MemoryStore } from "@nthrec/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { indexOf } from "../../../testing/idv1.ts";
import { JsonlReader, JsonlWriter, TextReader, TextWriter } from "../src/index.ts";
import { property } from "./support/seed.ts";

const grapheme = fc.string({ unit: "grapheme" });

/** JSON values as they come back: no negative zero, which the text keeps as 0. */
const json = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    grapheme,
    fc.constantFrom('"', "\\", "\n", "\r\n", "\u2028", "\u0001", ""),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("tree"), { maxLength: 4 }),
    fc.dictionary(grapheme, tie("tree"), { maxKeys: 4, noNullPrototype: true }),
  ),
})).tree;

const line = fc
  .array(fc.oneof(grapheme, fc.constantFrom("\r", "\ufeff", "\ufffd", "\u2028", "\0")), {
    maxLength: 5,
  })
  .map((parts) => parts.join("").replaceAll("\n", ""));

const formats = [
  { name: "json lines", Reader: JsonlReader, Writer: JsonlWriter, value: json },
  { name: "text lines", Reader: TextReader, Writer: TextWriter, value: line },
];

function bytesOf(store: MemoryStore, name: string): Buffer {
  const source = store.openSync(name);
  return Buffer.from(source.readSync(0, source.size));
}

describe.each(formats)("$name", ({ value, ...classes }) => {
  const Reader = classes.Reader as typeof JsonlReader;
  const Writer = classes.Writer as typeof JsonlWriter;
  const values = fc.array(value, { maxLength: 20 });
  const name = "data";

  test("what was written is read back, and the index is the one that a scan makes", async () => {
    await fc.assert(
      fc.asyncProperty(values, async (list) => {
        const store = new MemoryStore();
        {
          await using writer = await Writer.open({ store, name });
          expect(await writer.extend(list)).toBe(list.length);
        }
        expect(bytesOf(store, `${name}.idx`)).toStrictEqual(indexOf(bytesOf(store, name)));
        using reader = Reader.openSync({ store, name });
        expect([...reader]).toStrictEqual(list);
        using scanned = Reader.openSync(bytesOf(store, name));
        expect(scanned.getManySync(list.keys())).toStrictEqual(list);
      }),
      property,
    );
  });

  test("appending in any number of sittings gives the bytes of writing at once", async () => {
    await fc.assert(
      fc.asyncProperty(values, fc.array(fc.nat(20), { maxLength: 4 }), async (list, cuts) => {
        const store = new MemoryStore();
        const ends = [
          ...cuts.map((at) => Math.min(at, list.length)).sort((a, b) => a - b),
          list.length,
        ];
        let from = 0;
        for (const to of ends) {
          using writer = Writer.openSync({ store, name }, { mode: "append" });
          expect(writer.length).toBe(from);
          writer.extendSync(list.slice(from, to));
          from = to;
        }
        const whole = new MemoryStore();
        {
          using writer = Writer.openSync({ store: whole, name });
          writer.extendSync(list);
        }
        for (const file of [name, `${name}.idx`]) {
          expect(bytesOf(store, file)).toStrictEqual(bytesOf(whole, file));
        }
      }),
      { ...property, numRuns: property.numRuns / 2 },
    );
  });

  test("a view of a view is what arrays give", () => {
    const bound = fc.option(fc.integer({ min: -25, max: 25 }), { nil: undefined });
    const cut = fc.tuple(
      bound,
      bound,
      fc.integer({ min: -4, max: 4 }).filter((step) => step !== 0),
    );
    fc.assert(
      fc.property(fc.array(value, { maxLength: 20 }), cut, cut, (list, first, second) => {
        const bytes = bytesWith(Writer, list);
        using reader = Reader.openSync(bytes);
        const view = reader.slice(...first).slice(...second);
        const expected = sliced(sliced(list, ...first), ...second);
        expect([...view]).toStrictEqual(expected);
        expect(view.length).toBe(expected.length);
        expect(expected.map((_, i) => view.getSync(i))).toStrictEqual(expected);
      }),
      property,
    );
  });
});

function bytesWith(Writer: typeof JsonlWriter, list: readonly unknown[]): Buffer {
  const store = new MemoryStore();
  {
    using writer = Writer.openSync({ store, name: "data" });
    writer.extendSync(list);
  }
  return bytesOf(store, "data");
}

/** Python's slice of an array, which for positive steps is JavaScript's with a step. */
function sliced<T>(
  list: readonly T[],
  start: number | undefined,
  end: number | undefined,
  step: number,
): T[] {
  const picked: T[] = [];
  const count = list.length;
  const place = (at: number, low: number, high: number): number =>
    Math.min(high, Math.max(low, at < 0 ? at + count : at));
  if (step > 0) {
    const stop = end === undefined ? count : place(end, 0, count);
    for (let i = start === undefined ? 0 : place(start, 0, count); i < stop; i += step) {
      picked.push(list[i] as T);
    }
    return picked;
  }
  const stop = end === undefined ? -1 : place(end, -1, count - 1);
  for (let i = start === undefined ? count - 1 : place(start, -1, count - 1); i > stop; i += step) {
    picked.push(list[i] as T);
  }
  return picked;
}
