import { createReadStream, type Stats, statSync } from "node:fs";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { extname, join, resolve, sep } from "node:path";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
};
const root = join(import.meta.dirname, "..");

/** Serves the page, its program, and the files of `data` under `/data/`, by ranges where they are asked for. */
export function site(data: string): RequestListener {
  return (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const path = pathOf(decodeURIComponent(pathname), resolve(data));
    const stats = path === undefined ? undefined : statSync(path, { throwIfNoEntry: false });
    if (path === undefined || !stats?.isFile()) return void response.writeHead(404).end();
    send(path, stats, request, response);
  };
}

function pathOf(pathname: string, data: string): string | undefined {
  if (pathname === "/") return join(root, "index.html");
  if (pathname.startsWith("/page/")) return within(join(root, "dist", "page"), pathname.slice(6));
  if (pathname.startsWith("/data/")) return within(data, pathname.slice(6));
  return undefined;
}

/** Nothing outside of the folder, whatever the name says. */
function within(folder: string, name: string): string | undefined {
  const path = join(folder, name);
  return path.startsWith(folder + sep) && !name.includes("\0") ? path : undefined;
}

function send(
  path: string,
  stats: Stats,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { size, mtimeMs } = stats;
  const headers = {
    "content-type": types[extname(path)] ?? "application/octet-stream",
    "accept-ranges": "bytes",
    etag: `"${size}-${mtimeMs}"`,
  };
  const range = rangeIn(request.headers.range, size);
  if (range === undefined) {
    response.writeHead(200, { ...headers, "content-length": size });
    createReadStream(path).pipe(response);
    return;
  }
  const { start, end } = range;
  if (start >= end) {
    return void response.writeHead(416, { "content-range": `bytes */${size}` }).end();
  }
  const shown = `bytes ${start}-${end - 1}/${size}`;
  response.writeHead(206, { ...headers, "content-range": shown, "content-length": end - start });
  createReadStream(path, { start, end: end - 1 }).pipe(response);
}

/** What `bytes=first-last` or `bytes=-count` asks for, as [start, end). */
function rangeIn(header: string | undefined, size: number) {
  const asked = /^bytes=(\d*)-(\d*)$/.exec(header ?? "");
  if (asked === null) return undefined;
  const [, first = "", last = ""] = asked;
  if (first === "") return { start: Math.max(0, size - Number(last)), end: size };
  return { start: Number(first), end: last === "" ? size : Math.min(Number(last) + 1, size) };
}
