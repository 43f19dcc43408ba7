import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { rows, tempFile, tempFolder } from "./support/files.ts";
import { jsonLines, nthrec } from "./support/nthrec.ts";

/** A folder on a web server with ranges; answers its URL and the bytes that were sent. */
async function serve(folder: string): Promise<{ url: string; sent: () => number }> {
  let sent = 0;
  const server = createServer((request, response) => {
    const path = join(folder, new URL(request.url ?? "", "http://x").pathname);
    if (!existsSync(path)) {
      response.writeHead(404).end();
      return;
    }
    const body = readFileSync(path);
    const range = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? "");
    const headers = { etag: `"${body.length}"`, "accept-ranges": "bytes" };
    if (range === null) {
      sent += request.method === "HEAD" ? 0 : body.length;
      response.writeHead(200, { ...headers, "content-length": body.length });
      response.end(request.method === "HEAD" ? undefined : body);
      return;
    }
    const [, from = "", to = ""] = range;
    const start = from === "" ? Math.max(0, body.length - Number(to)) : Number(from);
    const end = from === "" || to === "" ? body.length : Math.min(Number(to) + 1, body.length);
    sent += end - start;
    response.writeHead(206, {
      ...headers,
      "content-range": `bytes ${start}-${end - 1}/${body.length}`,
    });
    response.end(body.subarray(start, end));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, sent: () => sent };
}

describe("over HTTP", () => {
  test("with an index beside the data, only what is asked for travels", async () => {
    const path = tempFile(rows(200_000));
    await nthrec(["index", path]);
    const { url, sent } = await serve(join(path, ".."));
    expect(await nthrec(["count", `${url}/data.jsonl`])).toMatchObject({
      code: 0,
      out: "200000\n",
      err: "",
    });
    expect((await nthrec(["get", `${url}/data.jsonl`, "-1"])).out).toBe('{"id":199999}\n');
    expect(sent()).toBeLessThan(1_000_000);
    expect((await nthrec(["info", `${url}/data.jsonl`])).out).toContain("records  200,000\n");
    expect((await nthrec(["ls", "--json", `${url}/data.jsonl`])).out).toContain('"records":200000');
  });

  test("a large file without an index is not scanned unless it is allowed; its head needs no scan", async () => {
    const path = tempFile(rows(800_000));
    const { url, sent } = await serve(join(path, ".."));
    const refused = await nthrec(["count", `${url}/data.jsonl`]);
    expect(refused).toMatchObject({ code: 4, err: expect.stringContaining("NTH_INDEX_MISSING") });
    expect(jsonLines((await nthrec(["head", "-n", "2", `${url}/data.jsonl`])).out)).toEqual([
      { id: 0 },
      { id: 1 },
    ]);
    expect(sent()).toBeLessThan(1_000_000);
    expect(await nthrec(["count", "--allow-remote-scan", `${url}/data.jsonl`])).toMatchObject({
      code: 0,
      out: "800000\n",
    });
  });

  test("what is not there", async () => {
    const { url } = await serve(tempFolder());
    expect((await nthrec(["count", `${url}/data.jsonl`])).code).toBe(1);
  });
});
