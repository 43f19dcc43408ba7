import { TestHttpServer } from "../packages/core/test/support/http-server.ts";
import type { Bundle } from "./bundle.ts";

/** Nothing may be loaded from elsewhere, and no code may be made of text. */
const POLICY = "default-src 'none'; img-src blob:; connect-src 'self'; script-src 'self'";

/** A server on the loopback interface with pages that load bundles. */
export class Site implements AsyncDisposable {
  readonly server: TestHttpServer;

  private constructor(server: TestHttpServer) {
    this.server = server;
  }

  static async start(): Promise<Site> {
    return new Site(await TestHttpServer.start());
  }

  /** Publishes a bundle and a page that loads it, with WebAssembly if it may have it; answers the page's URL. */
  put(name: string, { files }: Bundle, wasm = false): string {
    const [program] = files.keys();
    for (const [file, bytes] of files) {
      this.server.put(`/${name}/${file}`, bytes, { "content-type": "text/javascript" });
    }
    const html = `<!doctype html><meta charset="utf-8"><script type="module" src="${program}"></script>`;
    return this.server.put(`/${name}/`, Buffer.from(html), {
      "content-type": "text/html",
      "content-security-policy": wasm ? `${POLICY} 'wasm-unsafe-eval'` : POLICY,
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.server[Symbol.asyncDispose]();
  }
}
