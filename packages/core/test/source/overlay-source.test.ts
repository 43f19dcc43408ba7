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
