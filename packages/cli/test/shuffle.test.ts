import { createCipheriv, createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ExternalShuffle } from "../src/shuffle/external-shuffle.ts";
import { rows, tempFile, tempFolder } from "./support/files.ts";
import { jsonLines, nthrec } from "./support/nthrec.ts";

/** Shuffles records; answers them in their new order. */
function shuffled(records: readonly Uint8Array[], seed: number, memory = 2 ** 20): Buffer[] {
  const size = records.reduce((sum, record) => sum + record.length + 22, 0);
  const folder = join(tempFolder(), "buckets");
  const shuffle = new ExternalShuffle({ seed, memory, size, folder });
  for (const record of records) shuffle.add(record);
  const order = Array.from(shuffle.records(), (record) => Buffer.from(record));
  expect(readdirSync(folder)).toEqual([]);
  return order;
}

/** The order of `n` records, straight from what the documentation says of it. */
function documented(n: number, seed: number): number[] {
  const key = createHash("sha256").update(`nthrec shuffle ${seed}`).digest();
  const cipher = createCipheriv("aes-256-ecb", key, null).setAutoPadding(false);
  const keys = Array.from({ length: n }, (_, i) => {
    const block = Buffer.alloc(16);
    block.writeUInt32BE(i, 12);
    return { i, key: cipher.update(block) };
  });
  return keys.sort((a, b) => Buffer.compare(a.key, b.key)).map(({ i }) => i);
}

const numbers = (n: number): Buffer[] => Array.from({ length: n }, (_, i) => Buffer.from(`${i}`));

describe("the order", () => {
  test("is the documented one, whatever the memory, sizes and levels of buckets", () => {
    fc.assert(
      fc.property(
        fc.nat(300),
        fc.nat(2 ** 32 - 1),
        fc.constantFrom(300, 3000, 30_000, 2 ** 20),
        (n, seed, memory) => {
          const order = shuffled(numbers(n), seed, memory).map(Number);
          expect(order).toEqual(documented(n, seed));
        },
      ),
      { numRuns: 60 },
    );
  });

  test("keeps any bytes, records larger than a buffer and than the memory too", () => {
    const records = Array.from({ length: 40 }, (_, i) => {
      return Buffer.alloc(i % 7 === 0 ? 70_000 + i : i, i);
    });
    const order = documented(40, 5).map((i) => records[i] as Buffer);
    const found = shuffled(records, 5, 100_000);
    expect(found.every((record, i) => record.equals(order[i] as Buffer))).toBe(true);
  });

  test("is uniform: chi-square over all orders of 4 records, and over places of 32", () => {
    const seeds = 2400;
    const orders = new Map<string, number>();
    const places = new Float64Array(32 * 32);
    for (let seed = 0; seed < seeds; seed++) {
      const four = documented(4, seed).join();
      orders.set(four, (orders.get(four) ?? 0) + 1);
      documented(32, seed).forEach((record, place) => {
        places[record * 32 + place] = (places[record * 32 + place] ?? 0) + 1;
      });
    }
    const chi = (counts: Iterable<number>, expected: number): number => {
      return Array.from(counts).reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
    };
    // 23 degrees of freedom: above 49.7 once in a thousand. 31 x 31 degrees: above 1100 once in a thousand.
    expect(orders.size).toBe(24);
    expect(chi(orders.values(), seeds / 24)).toBeLessThan(49.7);
    expect(chi(places, seeds / 32)).toBeLessThan(1100);
  });
});

describe("nthrec shuffle", () => {
  test("is a permutation, the same for the same seed, whatever the memory", async () => {
    const path = tempFile(rows(3000));
    const folder = tempFolder();
    const shuffle = async (name: string, ...args: string[]): Promise<string> => {
      const out = join(folder, name);
      const outcome = await nthrec(["shuffle", path, out, ...args]);
      expect(outcome).toMatchObject({ code: 0, err: "" });
      return readFileSync(out, "utf8");
    };
    const first = await shuffle("a.jsonl", "--seed", "7");
    const expected = documented(3000, 7).map((id) => ({ id }));
    expect(jsonLines(first)).toEqual(expected);
    expect(await shuffle("b.jsonl", "--seed", "7", "--memory", "1M")).toBe(first);
    expect(await shuffle("c.jsonl", "--seed", "8")).not.toBe(first);
    const { out } = await nthrec(["shuffle", "--json", path, join(folder, "d.jsonl")]);
    const [{ seed }] = jsonLines(out) as [{ seed: number }];
    expect(await shuffle("e.jsonl", "--seed", String(seed))).toBe(
      readFileSync(join(folder, "d.jsonl"), "utf8"),
    );
    expect((await nthrec(["verify", join(folder, "a.jsonl")])).out).toContain("sound, 3,000");
    expect(readdirSync(folder).filter((name) => name.includes(".part"))).toEqual([]);
  });

  test("from shards into shards, in every format", async () => {
    const path = tempFile(rows(50));
    for (const ending of ["jsonl", "msgpack", "tfrecord", "arrayrecord", "txt"]) {
      const folder = tempFolder();
      const all = join(folder, `all@3.${ending}`);
      await nthrec(["convert", path, all, ...(ending === "txt" ? ["--as", "json"] : [])]);
      const out = join(folder, `out@4.${ending}`);
      expect(await nthrec(["shuffle", all, out, "--seed", "3"])).toMatchObject({
        code: 0,
        out: "50 records in 4 files, seed 3\n",
      });
      const lines = async (pattern: string): Promise<string[]> => {
        return (await nthrec(["cat", pattern])).out.split("\n").slice(0, -1);
      };
      const before = await lines(all);
      expect(await lines(out)).toEqual(documented(50, 3).map((i) => before[i]));
    }
  });

  test("what it refuses, and what it leaves when it fails", async () => {
    const path = tempFile(rows(3));
    const folder = tempFolder();
    const out = join(folder, "a.jsonl");
    writeFileSync(out, "");
    expect((await nthrec(["shuffle", path, out])).code).toBe(2);
    expect((await nthrec(["shuffle", path, out, "--force"])).code).toBe(0);
    expect((await nthrec(["shuffle", path, out, "--memory", "1"])).code).toBe(2);
    expect((await nthrec(["shuffle", path, join(folder, "b@*.jsonl")])).code).toBe(2);
    const stop = AbortSignal.abort(new Error("stopped"));
    const late = join(folder, "c.jsonl");
    const large = tempFile(rows(20_000));
    expect((await nthrec(["shuffle", large, late], { signal: stop })).code).toBe(1);
    const controller = new AbortController();
    const outcome = await nthrec(["shuffle", "--progress", "json", large, late], {
      signal: controller.signal,
      onErr: (text) => {
        if (text.includes("dealing")) controller.abort(new Error("stopped"));
      },
    });
    expect(outcome.code).toBe(1);
    expect(existsSync(late)).toBe(false);
    expect(existsSync(`${late}.part`)).toBe(false);
  });
});
