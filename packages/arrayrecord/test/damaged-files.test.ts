import { isNthrecError } from "@nthrec/core";
import { beforeAll, expect, test } from "vitest";
import { prepareCodecs } from "../src/codecs/prepared.ts";
import { ArrayRecordReader } from "../src/index.ts";
import { Dice } from "./support/dice.ts";
import { fileVectors } from "./support/file-vectors.ts";
import { property } from "./support/seed.ts";

beforeAll(prepareCodecs);

const FILES = 1000;
const CODES = ["NTH_CORRUPTION", "NTH_TRUNCATED", "NTH_SHORT_READ", "NTH_INDEX_INVALID"] as const;
const small = fileVectors.filter(({ num_records }) => num_records > 0 && num_records <= 1000);

/** A file of the original with a few bytes changed, cut out, put in, or its end cut off; mostly where there is something. */
function damaged(dice: Dice, bytes: Uint8Array, used: number): Uint8Array {
  const place = (): number => (dice.below(4) === 0 ? dice.below(bytes.length) : dice.below(used));
  const at = place();
  switch (dice.below(5)) {
    case 0:
      return bytes.slice(0, at);
    case 1:
      return Uint8Array.from([
        ...bytes.subarray(0, at),
        ...bytes.subarray(at + 1 + dice.below(40)),
      ]);
    case 2:
      return Uint8Array.from([...bytes.subarray(0, at), dice.below(256), ...bytes.subarray(at)]);
    default: {
      const changed = bytes.slice();
      for (let i = 0; i <= dice.below(4); i++) {
        const where = place();
        changed[where] = (changed[where] as number) ^ (1 << dice.below(8));
      }
      return changed;
    }
  }
}

test(`${FILES} damaged files give their records or a code, never another record`, {
  timeout: 120_000,
}, () => {
  const dice = new Dice(property.seed);
  let refused = 0;
  for (let i = 0; i < FILES; i++) {
    const vector = dice.pick(small);
    const where = `file ${i} of seed ${property.seed}, ${vector.name}`;
    const data = damaged(dice, vector.bytes, vector.footer_offset + 500);
    const attempt = (read: () => void): void => {
      try {
        read();
      } catch (error) {
        if (!isNthrecError(error, ...CODES)) throw new Error(where, { cause: error });
        refused += 1;
      }
    };
    attempt(() => {
      using reader = ArrayRecordReader.openSync(data);
      // A file without a byte is one that a writer has only just made.
      for (let k = 0; k < 30 && data.length > 0; k++) {
        const index = dice.below(reader.length);
        attempt(() => {
          const record = reader.getSync(index);
          if (Buffer.compare(record, vector.values[index] as Uint8Array) !== 0) {
            throw new Error(`record ${index} is another one`);
          }
        });
      }
    });
  }
  expect(refused).toBeGreaterThan(FILES / 10);
});
