import { truncateSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MemoryStore } from "../../src/index.ts";
import { decodeSeal, decodeSlot, readSeal, type Slot, SlotBytes } from "../../src/journal/seal.ts";
import { readUndo, writeUndo } from "../../src/journal/undo.ts";
import { DirectoryStore } from "../../src/platform/node/directory-store.ts";
import type { FileSource } from "../../src/platform/node/file-source.ts";
import { scratchFolder } from "../platform/support/scratch.ts";
import { bytesOf } from "../support/crash.ts";
import { put } from "../support/index-files.ts";
import { property } from "../support/property.ts";

const extent = fc.record({ size: fc.maxSafeNat(), records: fc.maxSafeNat(), end: fc.maxSafeNat() });
const word = fc.nat(2 ** 32 - 1);
const slots: fc.Arbitrary<Slot> = fc.record({
  state: fc.constantFrom(0, 1, 2),
  sequence: fc.maxSafeNat(),
  committed: extent,
  next: extent,
  batchCrc: word,
  tailCrc: word,
  indexCrc: word,
  unflushed: fc.record({ from: fc.maxSafeNat(), crc: word }),
  undoBase: fc.oneof(fc.constant(-1), fc.maxSafeNat()),
  inode: fc.maxSafeNat(),
  modified: fc.double({ noNaN: true }),
  format: fc.constantFrom("", "jsonl", "a-format-with-thirty-two-letters"),
});
const [one, two] = fc.sample(slots, { seed: 7, numRuns: 2 }) as [Slot, Slot];

/** A whole seal of these slots. */
function seal(...each: readonly Slot[]): Uint8Array {
  const bytes = new Uint8Array(8192);
  for (const slot of each) {
    const memory = new SlotBytes();
    bytes.set(memory.bytes, memory.encode(slot));
  }
  return bytes;
}

describe("a slot", () => {
  test("comes back whole", () => {
    // One memory for all: nothing of a slot may stay for the next.
    const memory = new SlotBytes();
    const check = fc.property(slots, (slot) => {
      expect(memory.encode(slot)).toBe((slot.sequence % 2) * 4096);
      expect(decodeSlot(memory.bytes)).toEqual(slot);
    });
    fc.assert(check, property);
  });

  test("with any bit flipped, or cut anywhere, is none", () => {
    const memory = new SlotBytes();
    memory.encode(one);
    const { bytes } = memory;
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const bad = bytes.slice();
      bad[bit >> 3] = (bad[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(decodeSlot(bad), `bit ${bit}`).toBeUndefined();
    }
    for (let cut = 0; cut < bytes.length; cut++) {
      expect(decodeSlot(bytes.subarray(0, cut)), `cut at ${cut}`).toBeUndefined();
    }
  });
});

describe("a seal", () => {
  const older = { ...one, sequence: 6 };
  const newer = { ...two, sequence: 7 };

  test("is its sound slot with the highest number, in either place", () => {
    expect(decodeSeal(seal(older, newer))).toEqual(newer);
    expect(decodeSeal(seal({ ...older, sequence: 8 }, newer))).toEqual({ ...older, sequence: 8 });
    expect(decodeSeal(seal(older))).toEqual(older);
    expect(decodeSeal(seal())).toBeUndefined();
  });

  test("with a byte of one slot changed is the other slot, and known to be damaged", () => {
    for (let at = 0; at < 256; at++) {
      for (const [place, left] of [
        [0, newer],
        [4096, older],
      ] as const) {
        const bytes = seal(older, newer);
        bytes[place + at] = (bytes[place + at] as number) ^ 0xff;
        const store = new MemoryStore({ entries: [["data.seal", bytes]] });
        expect(readSeal(store, "data"), `byte ${place + at}`).toEqual({
          slot: left,
          damaged: true,
        });
      }
    }
  });

  test("cut anywhere is a slot that is whole, or none", () => {
    for (let cut = 0; cut < 4352; cut++) {
      const store = new MemoryStore({ entries: [["data.seal", seal(older, newer).slice(0, cut)]] });
      const { slot, damaged } = readSeal(store, "data");
      expect(slot, `cut at ${cut}`).toEqual(cut < 256 ? undefined : older);
      expect(damaged || slot === undefined).toBe(true);
    }
  });

  test("that is missing or fresh is none, and not damaged", () => {
    const nothing = { slot: undefined, damaged: false };
    expect(readSeal(new MemoryStore(), "data")).toEqual(nothing);
    const store = new MemoryStore({ entries: [["data.seal", seal()]] });
    expect(readSeal(store, "data")).toEqual(nothing);
  });
});

describe("an undo file", () => {
  const images = [
    { position: 4, bytes: Uint8Array.of(1, 2, 3, 4) },
    { position: 2 ** 40, bytes: new Uint8Array(0) },
    { position: 90, bytes: new Uint8Array(300).fill(7) },
  ];
  const written = (): MemoryStore => {
    const store = new MemoryStore();
    writeUndo({ store, name: "data" }, 9, images).closeSync();
    return store;
  };

  test("comes back for its own batch only", () => {
    const entry = { store: written(), name: "data" };
    expect(readUndo(entry, 9)).toEqual(images);
    expect(readUndo(entry, 10)).toBeUndefined();
    expect(readUndo({ store: new MemoryStore(), name: "data" }, 9)).toBeUndefined();
    writeUndo(entry, 11, []).closeSync();
    expect(readUndo(entry, 11)).toEqual([]);
  });

  test("cut anywhere belongs to a batch that had not begun", () => {
    const whole = bytesOf(written(), "data.undo");
    for (let cut = 0; cut < whole.length; cut++) {
      const store = new MemoryStore();
      put(store, "data.undo", whole.slice(0, cut));
      expect(readUndo({ store, name: "data" }, 9), `cut at ${cut}`).toBeUndefined();
    }
  });

  test("with a byte of its contents changed does, too", () => {
    const whole = bytesOf(written(), "data.undo");
    for (let at = 12; at < whole.length; at++) {
      const bad = whole.slice();
      bad[at] = (bad[at] as number) ^ 0x55;
      const store = new MemoryStore();
      put(store, "data.undo", bad);
      expect(readUndo({ store, name: "data" }, 9), `byte ${at}`).toBeUndefined();
    }
  });

  test("that the next batch cuts while it is read belongs to none", () => {
    const folder = scratchFolder();
    class Cut extends DirectoryStore {
      override openSync(name: string): FileSource {
        const source = super.openSync(name);
        truncateSync(join(folder, name));
        return source;
      }
    }
    writeUndo({ store: new DirectoryStore(folder), name: "data" }, 9, images).closeSync();
    expect(readUndo({ store: new Cut(folder), name: "data" }, 9)).toBeUndefined();
  });
});
