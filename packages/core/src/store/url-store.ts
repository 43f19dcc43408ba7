import { NthrecError } from "../errors.ts";
import type { ByteSink } from "../sink/byte-sink.ts";
import type { ByteSource } from "../source/byte-source.ts";
import type { HttpOptions } from "../source/http-options.ts";
import type { ByteStore, StoreEntry, StoreOpenOptions } from "./byte-store.ts";

/**
 * A URL prefix as a folder that can only be read.
 *
 * Every entry shares the query and the headers: what signs the data file opens its index too.
 */
export class UrlStore implements ByteStore {
  readonly name: string;
  /** Ends in a slash; holds the query of every entry. */
  readonly #folder: URL;
  readonly #http: HttpOptions;

  /** @param folder What precedes the last slash of its path is the prefix; its query goes to every entry */
  constructor(folder: string | URL, http: HttpOptions = {}) {
    const url = new URL(folder);
    if (url.protocol !== "http:" && url.protocol !== "https:") {
      throw new TypeError(`expected an http: or https: URL, not ${url.protocol}`);
    }
    url.pathname = url.pathname.slice(0, url.pathname.lastIndexOf("/") + 1);
    url.hash = "";
    this.#folder = url;
    this.#http = http;
    this.name = `${url.origin}${url.pathname}`;
  }

  /** The entry that a URL names, in the store of its neighbours. */
  static entry(url: string | URL, http?: HttpOptions): StoreEntry<UrlStore> {
    const { pathname } = new URL(url);
    return { store: new UrlStore(url, http), name: pathname.slice(pathname.lastIndexOf("/") + 1) };
  }

  /** The URL of an entry. @param name Percent-encoded where it must be, as in a URL */
  url(name: string): URL {
    const url = new URL(this.#folder);
    url.pathname = this.#folder.pathname + name;
    // The parser resolves dots and turns backslashes into slashes, so the result is judged, not the name.
    const rest = url.pathname.slice(this.#folder.pathname.length);
    const inside = url.pathname.startsWith(this.#folder.pathname) && !rest.includes("/");
    if (!inside || (rest === "" && name !== "")) {
      throw new TypeError(`${JSON.stringify(name)} is not the name of an entry of ${this.name}`);
    }
    return url;
  }

  async open(name: string, options: StoreOpenOptions = {}): Promise<ByteSource> {
    const { signal, tailBytes = this.#http.tailBytes } = options;
    const url = this.url(name);
    // Loaded when it is needed: who opens a Blob does not pay for HTTP.
    const { openHttpSource } = await import("../source/pinned-http-source.ts");
    return openHttpSource(url, { ...this.#http, signal, tailBytes });
  }

  folder(name: string): UrlStore {
    const url = this.url(name);
    url.pathname += "/";
    return new UrlStore(url, this.#http);
  }

  async create(name: string): Promise<ByteSink> {
    throw this.#readOnly(`create ${name}`);
  }

  list(): AsyncIterable<string> {
    throw new NthrecError(
      "NTH_NOT_SUPPORTED",
      `${this.name} cannot be listed: http has no verb for it, so name the files`,
      { source: this.name },
    );
  }

  async rename(from: string, _to: string): Promise<void> {
    throw this.#readOnly(`rename ${from}`);
  }

  async remove(name: string): Promise<void> {
    throw this.#readOnly(`remove ${name}`);
  }

  #readOnly(what: string): NthrecError {
    return new NthrecError("NTH_READONLY", `cannot ${what}: ${this.name} can only be read`, {
      source: this.name,
    });
  }
}
