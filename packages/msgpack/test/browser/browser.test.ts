import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, expect, test } from "vitest";
import { Site } from "../../../../browser/site.ts";
import { openTab, startBrowser } from "../../../../browser/tab.ts";

const site = await Site.start();
const browser = await startBrowser();
afterAll(async () => {
  await browser.close();
  await site[Symbol.asyncDispose]();
});

/** Writes to memory, reads from a Blob; what it found is the answer. */
const PROGRAM = `
import { MemorySink } from "@nthrec/core";
import { MsgpackReader, MsgpackWriter, tensor } from "@nthrec/msgpack";
globalThis.answer = (async () => {
  const sink = new MemorySink();
  const writer = await MsgpackWriter.open(sink);
  for (let i = 0; i < 1000; i++) await writer.append({ i, text: "é".repeat(i % 40), grid: tensor(Float32Array.of(i, -i), [1, 2]) });
  await writer.close();
  const reader = await MsgpackReader.open(new Blob([sink.toBytes()]));
  const wrong = [];
  let i = 0;
  for await (const record of reader) {
    if (record.i !== i || record.text !== "é".repeat(i % 40) || record.grid.data[1] !== -i) wrong.push(i);
    i++;
  }
  return { length: reader.length, count: reader.head.count, wrong, last: (await reader.at(-1)).i };
})();
`;

test("a bundle for browsers has nothing of Node, and writes and reads tensors", async () => {
  const { outputFiles, metafile } = await build({
    stdin: { contents: PROGRAM, resolveDir: join(import.meta.dirname, "..", ".."), loader: "js" },
    bundle: true,
    platform: "browser",
    format: "esm",
    target: "es2022",
    outdir: "out",
    write: false,
    metafile: true,
    logLevel: "error",
  });
  const inputs = Object.keys(metafile.inputs);
  expect(inputs.filter((path) => /platform[/\\]node/.test(path))).toEqual([]);
  const files = new Map(outputFiles.map(({ contents }) => ["page.js", contents] as const));
  const { tab, errors } = await openTab(browser, site.put("page", { files, inputs, missing: [] }));
  expect(await tab.evaluate("globalThis.answer")).toEqual({
    length: 1000,
    count: 1000,
    wrong: [],
    last: 999,
  });
  expect(errors).toEqual([]);
});
