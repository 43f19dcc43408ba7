import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ArrayRecordWriter } from "@nthrec/arrayrecord";
import { JsonlWriter } from "@nthrec/jsonl";
import { MsgpackWriter } from "@nthrec/msgpack";
import { TFRecordWriter } from "@nthrec/tfrecord";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type OpenTab, openTab, startBrowser } from "../../../../browser/tab.ts";

const RECORDS = 1000;
const folder = mkdtempSync(join(tmpdir(), "nthrec-page-"));
const bytes = (i: number): Uint8Array => new TextEncoder().encode(`record ${i}`);
const json = (i: number): string => JSON.stringify({ id: i }, undefined, 2);

const browser = await startBrowser();
let server: ChildProcess;
let page: OpenTab;

beforeAll(async () => {
  await using lines = await JsonlWriter.open(join(folder, "rows.jsonl"));
  await using values = await MsgpackWriter.open(join(folder, "rows.msgpack"));
  await using frames = await TFRecordWriter.open(join(folder, "rows.tfrecord"));
  await using chunks = await ArrayRecordWriter.open(join(folder, "rows.array_record"));
  await using brotli = await ArrayRecordWriter.open(join(folder, "brotli.array_record"), {
    compression: "brotli",
    groupSize: 100,
  });
  for (let i = 0; i < RECORDS; i++) {
    await lines.append({ id: i });
    await values.append({ id: i });
    await frames.append(bytes(i));
    await chunks.append(bytes(i));
    await brotli.append(bytes(i));
  }
  const program = join(import.meta.dirname, "..", "..", "dist", "main.js");
  server = spawn(process.execPath, [program, folder]);
  const [line] = await once(server.stdout as NodeJS.ReadableStream, "data");
  page = await openTab(browser, /http:\S+/.exec(String(line))?.[0] ?? String(line));
});
afterAll(async () => {
  server.kill();
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Waits until the page says so. */
async function says(id: string, text: string | RegExp): Promise<void> {
  const said = expect.poll(() => page.tab.textContent(`#${id}`), { timeout: 20_000 });
  await (typeof text === "string" ? said.toBe(text) : said.toMatch(text));
}

const files: [name: string, shown: (i: number) => string][] = [
  ["rows.jsonl", json],
  ["rows.msgpack", json],
  ["rows.tfrecord", (i) => `record ${i}`],
  ["rows.array_record", (i) => `record ${i}`],
  ["brotli.array_record", (i) => `record ${i}`],
];

test.each(files)("%s is shown, picked and by its URL", async (name, shown) => {
  const { tab, errors } = page;
  await tab.setInputFiles("#file", join(folder, name));
  await says("status", `${RECORDS} records in ${name}`);
  await says("record", shown(0));
  await tab.fill("#number", "777");
  await says("record", shown(777));
  await tab.click("#next");
  await says("record", shown(778));

  await tab.fill("#url", `/data/${name}`);
  await tab.click("#remote button");
  await says("status", `${RECORDS} records in /data/${name}`);
  await tab.fill("#number", String(RECORDS - 1));
  await says("record", shown(RECORDS - 1));
  await tab.click("#previous");
  await says("record", shown(RECORDS - 2));
  expect(errors).toEqual([]);
});

test("what cannot be opened is said", async () => {
  const { tab } = page;
  await tab.fill("#url", "/data/none.jsonl");
  await tab.click("#remote button");
  await says("status", /none\.jsonl/);
  await tab.fill("#url", "/data/rows.txt");
  await tab.click("#remote button");
  await says("status", "/data/rows.txt: the name does not say what format it is");
  expect(page.errors).toEqual([]);
});

test("the server gives nothing outside of its folders", async () => {
  const { origin } = new URL(page.tab.url());
  for (const name of ["/data/..%2f..%2fetc%2fpasswd", "/page/..%2fmain.js", "/package.json"]) {
    expect((await fetch(origin + name)).status).toBe(404);
  }
});
