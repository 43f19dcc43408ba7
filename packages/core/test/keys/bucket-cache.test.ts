import { expect, test } from "vitest";
import { BucketCache } from "../../src/keys/bucket-cache.ts";

const MIB = 1024 * 1024;

test("what is used stays, what is not is forgotten", () => {
  const cache = new BucketCache();
  const used = new Uint8Array(MIB / 2);
  cache.keep(0, used);
  for (let bucket = 1; bucket <= 40; bucket++) {
    expect(cache.get(0)).toBe(used);
    cache.keep(bucket, new Uint8Array(MIB / 2));
  }
  expect(cache.get(1)).toBeUndefined();
  const kept = Array.from({ length: 41 }, (_, bucket) => cache.get(bucket)).filter(Boolean);
  expect(kept.length).toBeGreaterThan(3);
  expect(kept.length).toBeLessThanOrEqual(9);
});
