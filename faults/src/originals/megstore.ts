import type { Kind } from "../formats/kinds.ts";
import type { Verdicts } from "../harness/verdicts.ts";
import { fingerprint } from "../judge/fingerprint.ts";
import { digest, type Read } from "./digest.ts";
import { PythonServer, tryOriginal } from "./python-server.ts";

/** The Python original of lines. */
export class Megstore {
  readonly #server = new PythonServer("megstore", "megstore_server.py");

  /** Starts it, or says why it cannot be had. */
  static start(): Megstore | string {
    return tryOriginal(() => new Megstore());
  }

  get version(): string {
    return this.#server.version;
  }

  /** Has a job done; jobs wait for each other. */
  ask<T>(job: Readonly<Record<string, unknown>>): Promise<T> {
    return this.#server.ask(job);
  }

  /** It must read what we read, and trust the index as it lies there. */
  async check(kind: Kind, path: string, verdicts: Verdicts, what: string): Promise<void> {
    if (kind.megstore === undefined) return;
    const before = fingerprint(`${path}.idx`);
    const theirs = await this.ask<Read>({
      job: "read",
      kind: kind.megstore,
      path,
    });
    const ours = digest(kind, path);
    verdicts.count("megstore reads");
    verdicts.check(
      theirs.error === undefined && theirs.records === ours.records,
      `${what}: megstore reads ${theirs.error ?? theirs.records}, we read ${ours.records} records`,
    );
    verdicts.check(
      theirs.digest === ours.digest,
      `${what}: megstore reads other values than we do`,
    );
    const kept = fingerprint(`${path}.idx`) === before;
    verdicts.check(kept, `${what}: megstore did not trust the index and made it anew`);
  }

  close(): void {
    this.#server.close();
  }
}
