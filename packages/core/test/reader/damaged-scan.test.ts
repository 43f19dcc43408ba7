import { describe, expect, test } from "vitest";
import {
  BaseIndexedReader,
  NthrecError,
  type OffsetTable,
  type ReadPlan,
} from "../../src/index.ts";
import { NAME } from "../support/crash.ts";
import { indexBytes, storeWith } from "../support/index-files.ts";

const MARK = 0xa5;
const HEAD_BYTES = 5;

/** Blobs behind a mark and their length. Where no mark is the scan fails, and does not take the rest for a torn tail. */
class MarkedReader extends BaseIndexedReader<Uint8Array> {
  protected override *_buildIndex(offsets: OffsetTable, start: number): ReadPlan<number> {
    let at = start;
    while (at + HEAD_BYTES <= this.end) {
      const head = yield { start: at, end: at + HEAD_BYTES };
      if (head[0] !== MARK) {
        const message = `no record begins at byte ${at}`;
        throw new NthrecError("NTH_CORRUPTION", message, { offset: at });
      }
      const next = at + HEAD_BYTES + new DataView(head.buffer, head.byteOffset).getUint32(1, true);
      if (next > this.end) return at;
      offsets.push(at);
      at = next;
    }
    return at;
  }

  protected override _frames(bytes: Uint8Array): boolean {
    return bytes[0] === MARK;
  }

  protected override _get(bytes: Uint8Array): Uint8Array {
    return bytes.subarray(HEAD_BYTES);
  }
}

function marked(size: number): Uint8Array {
  const bytes = new Uint8Array(HEAD_BYTES + size);
  bytes[0] = MARK;
  new DataView(bytes.buffer).setUint32(1, size, true);
  return bytes;
}

const LONG = 100_000;
const data = new Uint8Array(Buffer.concat([marked(3), marked(LONG), marked(4)]));

describe("a format whose scan fails at damage", () => {
  test("verify reports it and does not throw", async () => {
    // Few of so many records are looked at when the file is opened, and the second is none of them.
    const many = new Uint8Array(Buffer.concat(Array.from({ length: 200 }, () => marked(3))));
    const places = Array.from({ length: 200 }, (_, i) => i * 8);
    many[8] = 0;
    const store = storeWith(many, indexBytes(places, many.length));
    using reader = MarkedReader.openSync({ store, name: NAME });
    const report = reader.verifySync({ level: "full" });
    expect(report.ok).toBe(false);
    expect(report.problems[0]).toMatchObject({ code: "NTH_CORRUPTION", offset: 8 });
    expect(await reader.verify({ level: "full" })).toStrictEqual(report);
  });

  test("an index that lies about a long record is found out when it is opened", () => {
    const lies = [0, 9, 8 + HEAD_BYTES + LONG];
    const store = storeWith(data, indexBytes(lies, data.length));
    using reader = MarkedReader.openSync({ store, name: NAME });
    expect([0, 1, 2].map((i) => reader.getSync(i).length)).toStrictEqual([3, LONG, 4]);
    expect(reader.locateSync(1).start).toBe(8);
  });
});
