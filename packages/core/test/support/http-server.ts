import {
  createServer,
  type IncomingHttpHeaders,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";

/** A request as the server saw it. */
export interface SeenRequest {
  readonly method: string;
  /** Path without the query. */
  readonly path: string;
  /** With its question mark, or empty. */
  readonly query: string;
  readonly range: string | undefined;
  readonly headers: IncomingHttpHeaders;
  /** Number of this request since `start`, from 1. */
  readonly number: number;
}

/** What the server is about to answer. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Sends so many bytes of the body and then cuts the connection. */
  readonly cutAfter?: number;
  /** Waits before the head. */
  readonly delayMs?: number;
  /** Waits in the middle of the body. */
  readonly pauseMs?: number;
  /** Sends the body without saying how long it is. */
  readonly chunked?: boolean;
  /** Cuts the connection before anything is sent. */
  readonly drop?: boolean;
}

/** Changes what is about to be answered. */
export type Twist = (reply: Reply, request: SeenRequest) => Reply;

interface ServedFile {
  readonly bytes: Uint8Array;
  readonly version: Readonly<Record<string, string>>;
}

/** A server on the loopback interface that honours ranges, unless it is told to misbehave. */
export class TestHttpServer implements AsyncDisposable {
  readonly origin: string;
  /** Every request so far. */
  readonly requests: SeenRequest[] = [];
  /** Applied to each answer. */
  twist: Twist = (reply) => reply;
  readonly #server: Server;
  readonly #files = new Map<string, ServedFile>();
  #versions = 0;

  private constructor(server: Server) {
    this.#server = server;
    this.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(): Promise<TestHttpServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const self = new TestHttpServer(server);
    server.on("request", (message, response) => {
      const url = new URL(message.url ?? "/", self.origin);
      const request: SeenRequest = {
        method: message.method ?? "GET",
        path: url.pathname,
        query: url.search,
        range: message.headers.range,
        headers: message.headers,
        number: self.requests.length + 1,
      };
      self.requests.push(request);
      void send(response, self.twist(self.#reply(request), request), request.method === "HEAD");
    });
    return self;
  }

  /** Serves `bytes` under `path`, as a new version; returns the URL. */
  put(path: string, bytes: Uint8Array, version?: Readonly<Record<string, string>>): string {
    this.#versions++;
    this.#files.set(path, { bytes, version: version ?? { etag: `"v${this.#versions}"` } });
    return this.origin + path;
  }

  delete(path: string): void {
    this.#files.delete(path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #reply({ path, range }: SeenRequest): Reply {
    const file = this.#files.get(path);
    if (file === undefined) return { status: 404, headers: {}, body: new Uint8Array(0) };
    const { bytes, version } = file;
    const headers = { "accept-ranges": "bytes", ...version };
    const asked = /^bytes=(\d*)-(\d*)$/.exec(range ?? "");
    if (asked === null) return { status: 200, headers, body: bytes };
    const [, first = "", last = ""] = asked;
    const start = first === "" ? Math.max(0, bytes.length - Number(last)) : Number(first);
    const end =
      first === "" || last === "" ? bytes.length : Math.min(Number(last) + 1, bytes.length);
    if (start >= end) {
      const none = { ...headers, "content-range": `bytes */${bytes.length}` };
      return { status: 416, headers: none, body: new Uint8Array(0) };
    }
    const shown = { ...headers, "content-range": `bytes ${start}-${end - 1}/${bytes.length}` };
    return { status: 206, headers: shown, body: bytes.subarray(start, end) };
  }
}

async function send(response: ServerResponse, reply: Reply, headOnly: boolean): Promise<void> {
  const { status, headers, body, cutAfter, chunked, drop, delayMs = 0, pauseMs = 0 } = reply;
  if (drop) return void response.destroy();
  if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
  const length = chunked ? {} : { "content-length": `${body.length}` };
  response.writeHead(status, { ...length, ...headers });
  if (headOnly) return void response.end();
  const half = cutAfter ?? (pauseMs > 0 ? body.length >> 1 : 0);
  if (half > 0) await new Promise((resolve) => response.write(body.subarray(0, half), resolve));
  else response.flushHeaders();
  if (cutAfter !== undefined) {
    // Gives what was written time to leave before the connection is reset.
    setTimeout(() => response.destroy(), 5);
    return;
  }
  if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  response.end(body.subarray(half));
}

/** A server that does not know ranges. */
export function ignoringRanges(files: (path: string) => Uint8Array): Twist {
  return (reply, { path }) => {
    if (reply.status === 404) return reply;
    const { "content-range": _, "accept-ranges": __, ...headers } = reply.headers;
    return { ...reply, status: 200, headers, body: files(path) };
  };
}

/** Answers the requests whose numbers `which` accepts by `other`, the rest as before. */
export function some(which: (request: SeenRequest) => boolean, other: Twist): Twist {
  return (reply, request) => (which(request) ? other(reply, request) : reply);
}

/** An answer of `status` without content. */
export function status(code: number, headers: Readonly<Record<string, string>> = {}): Twist {
  return () => ({ status: code, headers, body: new Uint8Array(0) });
}

/** The same answer with some headers replaced, or taken away where `undefined`. */
export function withHeaders(changes: Readonly<Record<string, string | undefined>>): Twist {
  return (reply) => {
    const merged = Object.entries({ ...reply.headers, ...changes });
    const kept = merged.filter((entry): entry is [string, string] => entry[1] !== undefined);
    return { ...reply, headers: Object.fromEntries(kept) };
  };
}
