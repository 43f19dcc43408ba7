import { deflateSync, gunzipSync, gzipSync, inflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { platform as browser } from "../../src/platform/browser/index.ts";
import { platform as node } from "../../src/platform/node/index.ts";

// The twins, held against zlib: Node has the browser's streams, too.

const content = Buffer.from("some text that is repeated, ".repeat(20_000));

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 3000) yield bytes.subarray(at, at + 3000);
}

async function gathered(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

describe.each([
  ["Node's", node],
  ["the browser's", browser],
] as const)("%s half", (name, platform) => {
  test("inflates", async () => {
    for (const kind of ["GZIP", "ZLIB"] as const) {
      const file = kind === "GZIP" ? gzipSync(content) : deflateSync(content);
      const out = await gathered(platform.inflate(pieces(file), kind, file.length));
      expect(out.equals(content)).toBe(true);
    }
  });

  test("fails for a file that is damaged, cut, or longer than its stream", async () => {
    const file = gzipSync(content);
    const flipped = Buffer.from(file);
    flipped[file.length >> 1] = (file[file.length >> 1] as number) ^ 255;
    const zlib = deflateSync(content);
    for (const [bytes, kind] of [
      [flipped, "GZIP"],
      [file.subarray(0, -9), "GZIP"],
      // Node's form of the browser's streams does not look behind the end, as browsers do.
      ...(name === "Node's" ? [[Buffer.concat([zlib, zlib]), "ZLIB"] as const] : []),
    ] as const) {
      const out = gathered(platform.inflate(pieces(bytes), kind, bytes.length)).then(String);
      await expect(out).rejects.toThrow();
    }
  });

  test("fails with what the bytes fail with", async () => {
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield gzipSync(content).subarray(0, 100);
      throw new Error("no more bytes");
    };
    await expect(gathered(platform.inflate(broken(), "GZIP", 1000))).rejects.toThrow(
      "no more bytes",
    );
  });

  test("stops when nobody listens any more", async () => {
    const file = gzipSync(content, { level: 0 });
    for await (const piece of platform.inflate(pieces(file), "GZIP", file.length)) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
  });

  test("deflates", async () => {
    for (const [kind, back] of [
      ["GZIP", gunzipSync],
      ["ZLIB", inflateSync],
    ] as const) {
      const deflater = platform.deflate(kind, undefined);
      const out = gathered(deflater.output);
      for await (const piece of pieces(content)) await deflater.write(piece);
      await deflater.end();
      expect(back(await out).equals(content)).toBe(true);
    }
  });

  test("gives up", async () => {
    const deflater = platform.deflate("GZIP", undefined);
    const out = gathered(deflater.output).catch(() => "failed");
    await deflater.write(content);
    deflater.destroy();
    expect(String(await out).length).toBeLessThan(content.length);
  });
});

test("Node compresses at the level that is wanted, a browser at none", async () => {
  const sizes: number[] = [];
  for (const level of [0, 9]) {
    const deflater = node.deflate("ZLIB", level);
    const out = gathered(deflater.output);
    await deflater.write(content);
    await deflater.end();
    sizes.push((await out).length);
  }
  expect(sizes[0]).toBeGreaterThan(content.length);
  expect(sizes[1]).toBeLessThan(content.length / 100);
  expect(() => browser.deflate("GZIP", 3)).toThrow(
    expect.objectContaining({ code: "NTH_NOT_SUPPORTED" }),
  );
});
