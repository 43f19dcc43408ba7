import { readFileSync } from "node:fs";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { assemble, targetOf } from "../scripts/assemble.mjs";
import { putVarint } from "../src/bytes/put-varint.ts";
import { defaultCodecs } from "../src/codecs/prepared.ts";
import { decomposeInWasm } from "../src/decompose/decompose-in-wasm.ts";
import { Arena } from "../src/transposed/arena.ts";
import { Decomposer } from "../src/transposed/decomposer.ts";
import type { Decomposition } from "../src/transposed/decomposition.ts";
import { encodeColumns } from "../src/transposed/encode-columns.ts";
import { encodeTransposed } from "../src/transposed/encode-transposed.ts";
import { setPublicBases } from "../src/transposed/public-bases.ts";
import { StateMachine } from "../src/transposed/state-machine.ts";
import { Transitions } from "../src/transposed/transitions.ts";
import { writeTransitions } from "../src/transposed/write-transitions.ts";
import { message, varint } from "./support/arbitrary-message.ts";
import { chunkVectors } from "./support/chunk-vectors.ts";
import { Dice } from "./support/dice.ts";
import { chunkOf } from "./support/records.ts";
import { property } from "./support/seed.ts";

const vectors = chunkVectors.filter(({ type }) => type === "t");

/** All that was found. */
function told(found: Decomposition): unknown {
  const { nodes, tagNodes, tagSubtypes, emitted } = found;
  const all = Array.from({ length: nodes.size }, (_, i) => [nodes.first(i), nodes.second(i)]);
  const lists = [tagNodes, tagSubtypes, emitted].map(({ items, length }) => [
    ...items.subarray(0, length),
  ]);
  const arena = new Arena();
  const transitions = new Transitions(found, arena);
  const { pairs, steps, counts, incoming, followers } = transitions;
  const walked = Array.from({ length: pairs.size }, (_, i) => [
    pairs.first(i),
    pairs.second(i),
    counts.items[i],
  ]);
  const machine = new StateMachine(transitions, arena);
  setPublicBases(machine, transitions);
  const replay = [...writeTransitions(machine, found, transitions, arena)];
  const rest = [walked, [...steps], [...incoming], [...followers], replay];
  const { bytes, ...columns } = encodeColumns(found, 100, new Arena());
  const text = Buffer.from(bytes).toString("latin1");
  return { all, lists, sizes: [...found.sizes], columns, text, rest };
}

function expectSame(records: readonly Uint8Array[], where = ""): void {
  const chunk = chunkOf(records);
  const wanted = new Decomposer(chunk, new Arena());
  const found = decomposeInWasm(chunk);
  if (found === undefined) expect(wanted.nodes.size, where).toBeGreaterThan(500);
  else expect(told(found), where).toEqual(told(wanted));
}

/** `payload` as field 1, `depth` times around itself. */
function nested(payload: Uint8Array, depth: number): Uint8Array {
  let bytes = payload;
  for (let i = 0; i < depth; i++) {
    const outer = new Uint8Array(bytes.length + 6);
    outer[0] = 10;
    const start = putVarint(outer, 1, bytes.length);
    outer.set(bytes, start);
    bytes = outer.subarray(0, start + bytes.length);
  }
  return bytes;
}

describe("taking apart in WebAssembly", () => {
  test("finds what JavaScript finds in messages", () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 20 }), (records) => expectSame(records)),
      property,
    );
  });

  test("and in records that are nearly messages", () => {
    const dice = new Dice(property.seed);
    const messages = vectors.flatMap(({ records }) => records);
    for (let i = 0; i < 500; i++) {
      const records = Array.from({ length: 1 + dice.below(20) }, () => {
        const bytes = [...dice.pick(messages)];
        for (let k = dice.below(3); k > 0 && bytes.length > 0; k--) {
          bytes[dice.below(bytes.length)] = dice.pick([0, 3, 4, 11, 12, 127, 128, 255]);
        }
        return Uint8Array.from(bytes);
      });
      expectSame(records, `round ${i} of seed ${property.seed}`);
    }
  });

  test("strings of every length, and numbers of every width", () => {
    const records = Array.from({ length: 200 }, (_, i) => {
      const text = [10, ...varint(i), ...new Array<number>(i).fill(255)];
      const wide = [16, ...new Array<number>(i % 10).fill(0xff), 1];
      return Uint8Array.from([...text, ...wide, 29, 1, 2, 3, 4, 33, 1, 2, 3, 4, 5, 6, 7, 8]);
    });
    expectSame(records);
    for (const record of records) expectSame([record]);
    expectSame([nested(new Uint8Array(70_000).fill(255), 3), new Uint8Array(70_000).fill(7)]);
  });

  test("submessages and groups within each other, up to the most and beyond", () => {
    const inner = Uint8Array.from([8, 5]);
    for (const depth of [1, 98, 99, 100, 101, 150]) expectSame([nested(inner, depth)]);
    expectSame([Uint8Array.from(new Array<number[]>(1000).fill([11, 12]).flat())]);
    for (const depth of [1, 99, 100, 101, 500]) {
      const groups = [...new Array<number>(depth).fill(11), ...nested(inner, 2)];
      expectSame([Uint8Array.from([...groups, ...new Array<number>(depth).fill(12)])]);
    }
  });

  test("more kinds of fields, and more pairs of them, than are walked here", () => {
    const dice = new Dice(property.seed);
    for (const kinds of [240, 250, 255, 256, 300]) {
      const records = Array.from({ length: 400 }, () =>
        Uint8Array.from(
          Array.from({ length: 40 }, () => [...varint(8 * dice.below(kinds) + 8), 1]).flat(),
        ),
      );
      expectSame(records, `seed ${property.seed}`);
    }
  });

  test("leaves to JavaScript what is too much for its tables", () => {
    const many = Uint8Array.from(
      Array.from({ length: 3000 }, (_, i) => [...varint(8 * i + 8), 1]).flat(),
    );
    const deep = [...new Array<number>(1000).fill(11), ...new Array<number>(1000).fill(12)];
    for (const bytes of [many, deep]) {
      const chunk = chunkOf([Uint8Array.from(bytes)]);
      expect(decomposeInWasm(chunk)).toBeUndefined();
      const data = encodeTransposed(chunk, "none", defaultCodecs, {});
      expect(data.length).toBeGreaterThan(0);
    }
    const ends = new Uint32Array(0);
    expect(decomposeInWasm({ bytes: { length: 2 ** 28 } as Uint8Array, ends })).toBeUndefined();
    expect(decomposeInWasm({ bytes: { length: 2 ** 29 } as Uint8Array, ends })).toBeUndefined();
  });

  test("the module is the one of its text", async () => {
    expect(await assemble("decompose")).toBe(readFileSync(targetOf("decompose"), "utf8"));
  });
});

describe("where WebAssembly is refused", () => {
  afterEach(() => vi.unstubAllGlobals());

  test("the same chunks are written", async () => {
    vi.resetModules();
    vi.stubGlobal("WebAssembly", {
      Module: class {
        constructor() {
          throw new Error("refused by the page's policy");
        }
      },
    });
    const { encodeTransposed: encode } = await import("../src/transposed/encode-transposed.ts");
    for (const { compression, data, records } of vectors) {
      if (compression !== "none") continue;
      expect(Buffer.compare(encode(chunkOf(records), "none", defaultCodecs, {}), data)).toBe(0);
    }
  });
});
