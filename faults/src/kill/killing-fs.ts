import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { basename, relative, sep } from "node:path";

/** Where in an operation the process dies. Only writes have a middle: half of their bytes arrive. */
export type Phase = "before" | "middle" | "after";

/** The operation at which this process dies, or is stopped. Operations are counted from 1. */
export interface Kill {
  readonly at: number;
  readonly phase: Phase;
  /** `SIGSTOP` only holds it up, before or after the operation. @default "SIGKILL" */
  readonly signal?: "SIGKILL" | "SIGSTOP" | undefined;
}

/** Calls that change names. */
const NAMING = ["unlink", "rename", "link", "mkdir", "rmdir"] as const;
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/;

type Call = (...args: never[]) => unknown;
type Calls = Record<string, Call>;

/**
 * Puts itself between this process and its file system: every call that changes something in one folder gets a number
 * and a name, and at the one that it was told the process kills itself. That takes in what no store shows: the
 * steps of the lock.
 */
export class KillingFs {
  /** Names of the operations so far. */
  readonly operations: string[] = [];
  readonly #folder: string;
  readonly #kill: Kill | undefined;
  readonly #paths = new Map<number, string>();

  private constructor(folder: string, kill: Kill | undefined) {
    this.#folder = folder;
    this.#kill = kill;
  }

  /** Goes between, for the rest of this process's life. */
  static install(folder: string, kill: Kill | undefined): KillingFs {
    const killing = new KillingFs(folder, kill);
    killing.#patch(fs as unknown as Calls);
    killing.#patchPromises(fs.promises as unknown as Calls);
    syncBuiltinESMExports();
    return killing;
  }

  #patch(calls: Calls): void {
    this.#wrapOpen(calls);
    this.#wrapWrites(calls);
    for (const name of NAMING) {
      this.#wrap(calls, `${name}Sync`, (path, other) => this.#named(name, path, other));
      this.#wrapCallback(calls, name, (path, other) => this.#named(name, path, other));
    }
    for (const name of ["ftruncate", "fdatasync", "fsync"]) {
      const what = name === "ftruncate" ? "truncate" : "flush";
      this.#wrap(calls, `${name}Sync`, (fd) => this.#ofFile(what, fd));
      this.#wrapCallback(calls, name, (fd) => this.#ofFile(what, fd));
    }
  }

  #patchPromises(calls: Calls): void {
    for (const name of NAMING) {
      const real = calls[name] as (...args: unknown[]) => Promise<unknown>;
      calls[name] = (async (...args: unknown[]) => {
        const after = this.#step(this.#named(name, args[0], args[1]));
        try {
          return await real(...args);
        } finally {
          after();
        }
      }) as Call;
    }
  }

  #wrapOpen(calls: Calls): void {
    const openSync = calls["openSync"] as unknown as typeof fs.openSync;
    calls["openSync"] = ((path: string, flags: number | string, mode?: number) => {
      return this.#around(this.#creation(path, flags), () => {
        const fd = openSync(path, flags, mode);
        this.#paths.set(fd, String(path));
        return fd;
      });
    }) as unknown as Call;
    const open = calls["open"] as (...args: unknown[]) => void;
    calls["open"] = ((...args: unknown[]) => {
      const done = args.pop() as (error: Error | null, fd: number) => void;
      const after = this.#step(this.#creation(String(args[0]), args[1] as number));
      open(...args, (error: Error | null, fd: number) => {
        if (error === null) this.#paths.set(fd, String(args[0]));
        after();
        done(error, fd);
      });
    }) as unknown as Call;
  }

  #wrapWrites(calls: Calls): void {
    const writeSync = calls["writeSync"] as unknown as typeof fs.writeSync;
    calls["writeSync"] = ((
      fd: number,
      what: Uint8Array | string,
      from?: number | null,
      most?: number,
      to?: number | null,
    ) => {
      // Text comes with a position only.
      const bytes = typeof what === "string" ? Buffer.from(what, "latin1") : what;
      const position = (typeof what === "string" ? from : to) ?? null;
      const offset = typeof what === "string" ? 0 : (from ?? 0);
      const length = typeof what === "string" ? bytes.length : (most ?? bytes.length - offset);
      return this.#around(
        this.#write(fd, length, position),
        () => writeSync(fd, bytes, offset, length, position),
        () => writeSync(fd, bytes, offset, length >> 1, position),
      );
    }) as unknown as Call;
    const write = calls["write"] as (...args: unknown[]) => void;
    calls["write"] = ((
      fd: number,
      bytes: Uint8Array,
      offset: number,
      length: number,
      position: number | null,
      done: (...answers: unknown[]) => void,
    ) => {
      const after = this.#step(this.#write(fd, length, position), () =>
        writeSync(fd, bytes, offset, length >> 1, position),
      );
      write(fd, bytes, offset, length, position, (...answers: unknown[]) => {
        after();
        done(...answers);
      });
    }) as unknown as Call;
  }

  #wrap(calls: Calls, name: string, nameOf: (...args: unknown[]) => string | undefined): void {
    const real = calls[name] as (...args: unknown[]) => unknown;
    calls[name] = ((...args: unknown[]) =>
      this.#around(nameOf(...args), () => real(...args))) as Call;
  }

  #wrapCallback(
    calls: Calls,
    name: string,
    nameOf: (...args: unknown[]) => string | undefined,
  ): void {
    const real = calls[name] as (...args: unknown[]) => unknown;
    calls[name] = ((...args: unknown[]) => {
      const done = args.pop() as (...answers: unknown[]) => void;
      const after = this.#step(nameOf(...args));
      return real(...args, (...answers: unknown[]) => {
        after();
        done(...answers);
      });
    }) as Call;
  }

  /** An operation that answers before it returns; one that fails has an end, too. */
  #around<T>(name: string | undefined, operation: () => T, half?: () => void): T {
    const after = this.#step(name, half);
    try {
      return operation();
    } finally {
      after();
    }
  }

  /** Counts an operation, and dies in it if it is the one; answers what to call behind it. */
  #step(name: string | undefined, half?: () => void): () => void {
    if (name === undefined) return () => {};
    this.operations.push(name);
    const kill = this.#kill;
    if (kill === undefined || this.operations.length !== kill.at) return () => {};
    const die = (): void => {
      process.kill(process.pid, kill.signal ?? "SIGKILL");
    };
    if (kill.phase === "after") return die;
    if (kill.phase === "middle") half?.();
    die();
    return () => {};
  }

  #creation(path: string, flags: number | string): string | undefined {
    const creates =
      typeof flags === "string" ? /[wa]/.test(flags) : (flags & fs.constants.O_CREAT) > 0;
    return creates && !fs.existsSync(path) ? this.#named("create", path) : undefined;
  }

  #write(fd: number, length: number, position: number | null): string | undefined {
    const at = typeof position === "number" ? `at ${position}` : "at its end";
    const name = this.#ofFile("write", fd);
    return name && `${name} ${at} (${length} bytes)`;
  }

  #ofFile(what: string, fd: unknown): string | undefined {
    return this.#named(what, this.#paths.get(fd as number));
  }

  /** The name of an operation; `undefined` when it is about another folder. */
  #named(what: string, path: unknown, other?: unknown): string | undefined {
    if (typeof path !== "string") return undefined;
    const inside = relative(this.#folder, path);
    if (inside.startsWith("..") || inside.startsWith(sep)) return undefined;
    const to = typeof other === "string" ? ` to ${general(basename(other))}` : "";
    return `${what} ${general(inside) || "the folder"}${to}`;
  }
}

/** A name without what differs from run to run. */
function general(name: string): string {
  return name
    .replace(/\.(new|tmp)-.*$/, ".$1")
    .replace(/\bt\d+-.*$/, "t#")
    .replace(/\bg\d+$/, "g#")
    .replace(UUID, "uuid#");
}
