import { closeSync, fstatSync, writeSync } from "node:fs";
import { fsError } from "./fs-error.ts";
import type { LockFolder } from "./lock-folder.ts";
import { FREE, HELD } from "./lock-holder.ts";
import { readDescriptor } from "./small-file.ts";

/** A file of ours in a lock folder, open: it stays the same file whatever becomes of its names. */
export class LockFile {
  /** The file after its first byte. */
  readonly text: string;
  readonly #folder: LockFolder;
  readonly #fd: number;

  private constructor(folder: LockFolder, text: string, fd: number) {
    this.#folder = folder;
    this.text = text;
    this.#fd = fd;
  }

  /** Opens `name` if it is there, is the file with this text, and is free. */
  static reopen(folder: LockFolder, name: string, text: string): LockFile | undefined {
    const fd = folder.open(name);
    if (fd === undefined) return undefined;
    const file = new LockFile(folder, text, fd);
    if (file.#attempt("read", () => readDescriptor(fd)) === FREE + text) return file;
    file.#close();
    return undefined;
  }

  /**
   * Makes a file that says it is held, under a name that means nothing yet. It is closed, so that other machines see
   * its content, and opened again at once: when it is linked nothing may fail for want of a descriptor.
   */
  static draft(folder: LockFolder, text: string): { name: string; file: LockFile } | undefined {
    const name = folder.create(HELD + text);
    const fd = folder.open(name);
    return fd === undefined ? undefined : { name, file: new LockFile(folder, text, fd) };
  }

  /** How many names the file has; some network file systems do not count. */
  get names(): number {
    return this.#attempt("look at", () => fstatSync(this.#fd).nlink);
  }

  /**
   * Says that it is held, if it still has this name. Another descriptor does it and is closed at once, because that is
   * when a network file system shows the change to other machines.
   */
  hold(name: string): boolean {
    const other = LockFile.reopen(this.#folder, name, this.text);
    if (other === undefined) return false;
    try {
      other.#say(HELD);
      return true;
    } finally {
      other.#close();
    }
  }

  /** Says that it is free, and is open no more. When the first fails nothing has changed. */
  free(): void {
    this.#say(FREE);
    this.#close();
  }

  /** As {@link LockFile.free}, but closes in any case: for a file that is not held after all. */
  drop(): void {
    try {
      this.#say(FREE);
    } finally {
      this.#close();
    }
  }

  #say(state: string): void {
    this.#attempt("write", () => writeSync(this.#fd, state, 0, "latin1"));
  }

  #close(): void {
    this.#attempt("close", () => closeSync(this.#fd));
  }

  #attempt<T>(action: string, call: () => T): T {
    try {
      return call();
    } catch (error) {
      throw fsError(error, { action, name: this.#folder.path, writing: true });
    }
  }
}
