import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { isNthrecError } from "@nthrec/core";
import type { ShardedReader } from "@nthrec/core/shards";
import { show } from "./show.ts";

/** Most records in one answer: what a client asks for must not decide how much memory this process takes. */
const MOST_RECORDS = 1000;
const PAGE = 20;

/** What is wrong with a request. */
class BadRequest extends Error {}

/**
 * Answers `/` with the number of records, `/records/41` with one of them, and `/records?from=100&count=20` with a page.
 * A negative number counts from the end.
 */
export function recordServer(records: ShardedReader<unknown>): RequestListener {
  return async (request, response) => {
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    try {
      const answer = await answerTo(records, request, gone.signal);
      send(response, 200, answer);
    } catch (error) {
      if (gone.signal.aborted) return;
      send(response, statusOf(error), { error: error instanceof Error ? error.message : error });
    }
  };
}

async function answerTo(
  records: ShardedReader<unknown>,
  { url = "/" }: IncomingMessage,
  signal: AbortSignal,
): Promise<unknown> {
  const { pathname, searchParams } = new URL(url, "http://localhost");
  if (pathname === "/") return { records: records.length };
  const one = /^\/records\/(-?\d{1,15})$/.exec(pathname)?.[1];
  if (one !== undefined) {
    const index = fromEnd(Number(one), records.length);
    const { name, index: line } = records.shardOf(index);
    return { index, file: name, line, record: await records.get(index, { signal }) };
  }
  if (pathname !== "/records") throw new BadRequest(`there is nothing at ${pathname}`);
  const from = fromEnd(numberIn(searchParams, "from", 0), records.length);
  const count = Math.min(Math.max(numberIn(searchParams, "count", PAGE), 0), MOST_RECORDS);
  const to = Math.min(from + count, records.length);
  const indices = Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
  const page = await records.getMany(indices, { signal });
  return { from, next: to < records.length ? to : null, records: page };
}

function fromEnd(index: number, length: number): number {
  return index < 0 ? Math.max(0, length + index) : index;
}

function numberIn(search: URLSearchParams, name: string, otherwise: number): number {
  const text = search.get(name);
  if (text === null) return otherwise;
  if (!/^-?\d{1,15}$/.test(text)) throw new BadRequest(`${name} is a whole number, not ${text}`);
  return Number(text);
}

/** The caller's mistakes, what is not there, and what is wrong with the data. */
function statusOf(error: unknown): number {
  if (error instanceof BadRequest) return 400;
  return isNthrecError(error, "NTH_OUT_OF_RANGE") ? 404 : 500;
}

function send(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(`${JSON.stringify(show(value))}\n`);
}
