import { describe, expect, test } from "vitest";
import { MemorySource } from "../../src/index.ts";
import { OverlaySource } from "../../src/source/overlay-source.ts";

const below = () => new MemorySource(Uint8Array.from({ length: 10 }, (_, i) => i));
const overlays = [
  { position: 2, bytes: Uint8Array.of(20, 30) },
  { position: 8, bytes: Uint8Array.of(80, 90) },
];

describe("bytes that lie over a source", () => {
  test("are read in the place of its own", async () => {
    const source = new OverlaySource(below(), overlays);
    expect([source.name, source.size, source.mayInline(9)]).toEqual(["memory", 10, true]);
    const all = [0, 1, 20, 30, 4, 5, 6, 7, 80, 90];
    for (let start = 0; start <= 10; start++) {
      for (let end = start; end <= 10; end++) {
        expect([...source.readSync(start, end)]).toEqual(all.slice(start, end));
        expect([...(await source.read(start, end))]).toEqual(all.slice(start, end));
      }
    }
  });

  test("are there behind its end, too, and its own are not asked for where they lie", async () => {
    const more = [
      { position: 4, bytes: Uint8Array.of(40) },
      { position: 8, bytes: Uint8Array.of(80, 90, 100, 110) },
      { position: 12, bytes: Uint8Array.of(120) },
    ];
    const cut = below();
    const all = [0, 1, 2, 3, 40, 5, 6, 7, 80, 90, 100, 110, 120];
    const source = new OverlaySource(cut, more);
    const read: number[] = [];
    const under = new OverlaySource(
      Object.assign(below(), {
        readSync: (start: number, end: number) => {
          read.push(end);
          return cut.readSync(start, end);
        },
      }),
      more,
    );
    expect(source.size).toBe(13);
    for (let start = 0; start <= 13; start++) {
      for (let end = start; end <= 13; end++) {
        expect([...source.readSync(start, end)]).toEqual(all.slice(start, end));
        expect([...under.readSync(start, end)]).toEqual(all.slice(start, end));
        expect([...(await source.read(start, end))]).toEqual(all.slice(start, end));
      }
    }
    expect(Math.max(...read)).toBe(8);
    for (const [start, end] of [
      [0, 14],
      [9, 14],
      [-1, 12],
    ] as const) {
      expect(() => source.readSync(start, end)).toThrow();
      await expect(source.read(start, end)).rejects.toThrow();
    }
    expect(() => source.readSync(13, 12)).toThrow();
  });

  test("that a hole parts from its end do not count", () => {
    const hole = new OverlaySource(below(), [{ position: 12, bytes: Uint8Array.of(1) }]);
    expect(hole.size).toBe(10);
    expect(() => hole.readSync(0, 11)).toThrow();
  });

  test("close with it", async () => {
    const [first, second] = [below(), below()];
    {
      using _ = new OverlaySource(first, overlays);
    }
    {
      await using _ = new OverlaySource(second, overlays);
    }
    for (const source of [first, second]) {
      expect(() => source.readSync(0, 1)).toThrow(
        expect.objectContaining({ code: "NTH_NOT_OPEN" }),
      );
    }
  });
});
