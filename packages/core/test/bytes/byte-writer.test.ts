import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ByteWriter } from "../../src/index.ts";
import { property } from "../support/property.ts";

/** As in Node, and as in a browser, where memory is no Buffer. */
const memories = [
  ["a Buffer", (size: number) => Buffer.allocUnsafeSlow(size)],
  ["plain memory", (size: number) => new Uint8Array(size)],
] as const;

/** Writes with a DataView what the verb of this name should write. */
const widths = { u16be: 2, u32be: 4, u32le: 4, u64le: 8 } as const;
type Fixed = keyof typeof widths;

function expected(verb: Fixed, value: number): Uint8Array {
  const bytes = new Uint8Array(widths[verb]);
  const view = new DataView(bytes.buffer);
  if (verb === "u16be") view.setUint16(0, value);
  else if (verb === "u32be") view.setUint32(0, value);
  else if (verb === "u32le") view.setUint32(0, value, true);
  else view.setBigUint64(0, BigInt(value), true);
  return bytes;
}

describe.each(memories)("a writer over %s", (_, allocate) => {
  test("writes what a DataView, a TextEncoder and a copy write, however it grows", () => {
    const piece = fc.oneof(
      fc.record({ verb: fc.constant("u8" as const), value: fc.nat(255) }),
      fc.record({ verb: fc.constant("u16be" as const), value: fc.nat(65_535) }),
      fc.record({ verb: fc.constantFrom("u32be", "u32le" as const), value: fc.nat(2 ** 32 - 1) }),
      fc.record({ verb: fc.constant("u64le" as const), value: fc.maxSafeNat() }),
      fc.record({ verb: fc.constant("utf8" as const), value: fc.string({ unit: "binary" }) }),
      fc.record({ verb: fc.constant("bytes" as const), value: fc.uint8Array({ maxLength: 6000 }) }),
    );
    const check = fc.property(fc.array(piece), fc.nat(1000), (pieces, base) => {
      const out = new ByteWriter(base, allocate);
      const all: number[] = [];
      for (const { verb, value } of pieces) {
        if (verb === "bytes") {
          out.bytes(value);
          all.push(...value);
        } else if (verb === "utf8") {
          out.utf8(value);
          all.push(...new TextEncoder().encode(value));
        } else if (verb === "u8") {
          out.u8(value);
          all.push(value);
        } else {
          out[verb](value);
          all.push(...expected(verb as Fixed, value));
        }
        expect(out.length).toBe(all.length);
        expect(out.position).toBe(base + all.length);
      }
      expect([...out.view()]).toEqual(all);
    });
    fc.assert(check, property);
  });

  test("a lone surrogate becomes U+FFFD", () => {
    const out = new ByteWriter(0, allocate);
    out.utf8("a\ud800b");
    expect(new TextDecoder().decode(out.view())).toBe("a\ufffdb");
  });

  test("forgets what an encoder left half-way, and starts over where it is told", () => {
    const out = new ByteWriter(10, allocate);
    out.u32le(1);
    out.u32le(2);
    out.rewind(4);
    expect([out.length, out.position]).toEqual([4, 14]);
    out.rebase(100);
    expect(out.position).toBe(104);
    out.patch(3, Uint8Array.of(1));
    out.trailer(Uint8Array.of(2));
    out.reset(7);
    expect([out.length, out.position]).toEqual([0, 7]);
    expect([out.patches, out.trailerBytes]).toEqual([[], undefined]);
  });

  test("keeps patches in order and the last trailer, as copies of their own", () => {
    const out = new ByteWriter(0, allocate);
    // `slice` of a Buffer would share its memory.
    const bytes = Buffer.from([1, 2]);
    out.patch(5, bytes);
    out.patch(3, Uint8Array.of(9));
    out.trailer(Uint8Array.of(7));
    out.trailer(bytes);
    bytes.fill(0);
    expect(out.patches.map(({ position, bytes }) => [position, ...bytes])).toEqual([
      [5, 1, 2],
      [3, 9],
    ]);
    expect([...(out.trailerBytes ?? [])]).toEqual([1, 2]);
  });
});

test("what is written ahead of a commit leaves patches for it", () => {
  const out = new ByteWriter(100);
  out.u8(1);
  out.patch(90, Uint8Array.of(7));
  out.advance(101);
  expect([out.length, out.position]).toEqual([0, 101]);
  expect(out.patches).toEqual([{ position: 90, bytes: Uint8Array.of(7) }]);
  out.reset(5);
  expect([out.position, out.patches.length]).toEqual([5, 0]);
});
