import {
  type BigIntStats,
  linkSync,
  openSync,
  readdirSync,
  type Stats,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { NthrecError } from "../../errors.ts";
import { errnoOf, fsError } from "./fs-error.ts";
import { makeFolder } from "./make-folder.ts";
import { readSmallFile } from "./small-file.ts";
import { uniqueName } from "./unique-name.ts";

/** What lies in a lock folder. */
export interface LockListing {
  /** The highest generation, 0 when there is none. It alone tells who holds the lock. */
  readonly highest: number;
  /** The other generations, rising. */
  readonly lower: readonly number[];
  /** Names of files that are not in place yet, or never will be. */
  readonly temps: readonly string[];
}

/** What became of a `link(2)`. */
export type Linked = "linked" | "exists" | "missing";

/** Name of the file that says what kind of lock the folder is for. */
export const KIND_FILE = "kind";
/** Kinds that an option of a writer names. */
const OPTION = /^(generation|kernel) 1$/;
const GENERATION = /^g([1-9]\d{0,14})$/;
/** What file systems without hard links answer. */
const NO_LINKS: ReadonlySet<string> = new Set([
  "EPERM",
  "ENOTSUP",
  "EOPNOTSUPP",
  "EMLINK",
  "ENOSYS",
]);
const KIND_ROUNDS = 8;

/** The folder of a lock: files that appear whole, because each is written under another name and then linked. */
export class LockFolder {
  readonly path: string;
  /** What comes before the name of a file in it. */
  readonly #prefix: string;

  constructor(path: string) {
    this.path = path;
    this.#prefix = join(path, "g").slice(0, -1);
  }

  /** What is in the folder, or `undefined` when there is none. */
  list(): LockListing | undefined {
    // Linux reads a folder of up to some thousand names in one call, under its lock: the listing is of one moment.
    const names = this.#tryMissing("list", () => readdirSync(this.path));
    if (names === undefined) return undefined;
    const generations: number[] = [];
    const temps: string[] = [];
    for (const name of names) {
      const match = GENERATION.exec(name);
      if (match !== null) generations.push(Number(match[1]));
      else if (name.startsWith("t")) temps.push(name);
    }
    generations.sort((a, b) => a - b);
    return { highest: generations.pop() ?? 0, lower: generations, temps };
  }

  /**
   * Makes the folder where it is missing, and settles which kind of lock it is for.
   *
   * @throws {@link NthrecError} `NTH_LOCKED` when it is of another kind
   */
  claim(kind: string): void {
    for (let round = 0; round < KIND_ROUNDS; round++) {
      const text = this.read(KIND_FILE);
      const found = text === undefined ? undefined : kindIn(text);
      if (found === kind) return;
      if (found) throw this.#otherKind(found, kind);
      // A power cut can leave the name without its content.
      if (found === "") this.remove(KIND_FILE);
      const temp = this.create(`${kind}\n`);
      this.link(temp, KIND_FILE);
      this.remove(temp);
    }
    throw new NthrecError("NTH_LOCKED", `the lock folder ${this.path} is removed again and again`, {
      source: this.path,
    });
  }

  /** The kind of lock that the folder is for, as far as it can be told. */
  get kind(): string | undefined {
    const text = this.peek(KIND_FILE);
    return text === undefined ? undefined : kindIn(text);
  }

  /** Text of a file in the folder, or `undefined` when it is gone. */
  read(name: string): string | undefined {
    return this.#tryMissing("read", () => readSmallFile(this.#pathOf(name)));
  }

  /** As {@link LockFolder.read}, and `undefined` also when the system does not let us. */
  peek(name: string): string | undefined {
    try {
      return readSmallFile(this.#pathOf(name));
    } catch {
      return undefined;
    }
  }

  /** Opens a file in the folder for reading and writing, or answers `undefined` when it is gone. */
  open(name: string): number | undefined {
    return this.#tryMissing("open", () => openSync(this.#pathOf(name), "r+"));
  }

  /** What the system knows of a file in the folder, or `undefined` when it is gone. */
  look(name: string): Stats | undefined {
    try {
      return statSync(this.#pathOf(name), { throwIfNoEntry: false });
    } catch (error) {
      throw this.#error(error, "read");
    }
  }

  /** What tells a file in the folder from all others, or `undefined` when it is gone. */
  identityOf(name: string): string | undefined {
    return this.#tryMissing("read", () =>
      fileIdentity(statSync(this.#pathOf(name), { bigint: true })),
    );
  }

  /** Writes a file that is not in place yet; gives its name. */
  create(text: string): string {
    const name = `t${uniqueName()}`;
    const write = (): string => {
      writeFileSync(this.#pathOf(name), text, { flag: "wx" });
      return name;
    };
    const written = this.#tryMissing("write", write);
    if (written !== undefined) return written;
    this.#try("create", () => makeFolder(this.path));
    return this.#try("write", write);
  }

  /** Gives a file a second name, if nothing has that name: the one step that decides who is first. */
  link(name: string, other: string): Linked {
    try {
      linkSync(this.#pathOf(name), this.#pathOf(other));
      return "linked";
    } catch (cause) {
      const errno = errnoOf(cause) ?? "";
      if (errno === "EEXIST") return "exists";
      if (errno === "ENOENT") return "missing";
      if (!NO_LINKS.has(errno)) throw this.#error(cause, "write");
      throw new NthrecError(
        "NTH_NOT_SUPPORTED",
        `the file system of ${this.path} has no hard links, which this lock is made of: ` +
          "put the file on another file system, or choose another kind of lock",
        { source: this.path, cause },
      );
    }
  }

  /** Removes a file; tells whether it is gone. */
  remove(name: string): boolean {
    try {
      unlinkSync(this.#pathOf(name));
      return true;
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === undefined) throw error;
      // A file that stays (a folder with the sticky bit, a reader on Windows) costs room and nothing else.
      return errno === "ENOENT";
    }
  }

  #pathOf(name: string): string {
    return this.#prefix + name;
  }

  #otherKind(found: string, kind: string): NthrecError {
    return new NthrecError(
      "NTH_LOCKED",
      `the writers of this file use another kind of lock (${JSON.stringify(found.slice(0, 80))}, not "${kind}"): ` +
        `open it with the same kind${optionFor(found)}, or, when no program writes to it, remove ${this.path}`,
      { source: this.path },
    );
  }

  #try<T>(action: string, call: () => T): T {
    try {
      return call();
    } catch (error) {
      throw this.#error(error, action);
    }
  }

  /** As `#try`, with `undefined` for what is not there. */
  #tryMissing<T>(action: string, call: () => T): T | undefined {
    try {
      return call();
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return undefined;
      throw this.#error(error, action);
    }
  }

  #error(cause: unknown, action: string): unknown {
    const errno = errnoOf(cause);
    if (errno === "ENOTDIR" || errno === "EEXIST") {
      return new NthrecError(
        "NTH_LOCKED",
        `${this.path} is a file, where this lock needs a folder: another program may lock with it; ` +
          "end that program, or remove the file",
        { source: this.path, cause },
      );
    }
    return fsError(cause, {
      action,
      name: this.path,
      writing: action !== "list" && action !== "read",
    });
  }
}

/** What tells a file from all others. */
export function fileIdentity({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}

/** What the file `kind` says; nothing when a power cut left the name without its content. */
export function kindIn(text: string): string {
  return text.replaceAll("\0", "").trim();
}

function optionFor(kind: string): string {
  const name = OPTION.exec(kind)?.[1];
  return name === undefined ? "" : ` (the option lock: "${name}")`;
}
