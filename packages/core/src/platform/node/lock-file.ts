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
  /** Whether the first byte says so, as far as this object knows. */
  #isHeld: boolean;
  /** Known once the file rests. */
  #identity: { readonly dev: number; readonly ino: number } | undefined;

  private constructor(folder: LockFolder, text: string, fd: number, isHeld: boolean) {
    this.#folder = folder;
    this.text = text;
    this.#fd = fd;
    this.#isHeld = isHeld;
  }

  /** Opens `name` if it is there, is the file with this text, and is free. */
  static reopen(folder: LockFolder, name: string, text: string): LockFile | undefined {
    const fd = folder.open(name);
    if (fd === undefined) return undefined;
    const file = new LockFile(folder, text, fd, false);
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
    return fd === undefined ? undefined : { name, file: new LockFile(folder, text, fd, true) };
  }

  /** How many names the file has; some network file systems do not count. */
  get names(): number {
    return this.#attempt("look at", () => fstatSync(this.#fd).nlink);
  }

  /**
   * Says that it is held, if it still has this name. A file that did not rest does it by another descriptor, which is
   * closed at once, because that is when a network file system shows the change to other machines.
   */
  hold(name: string): boolean {
    if (this.#identity !== undefined) {
      if (!this.#isNamed(name)) return false;
      this.#say(HELD);
      return true;
    }
    const other = LockFile.reopen(this.#folder, name, this.text);
    if (other === undefined) return false;
    try {
      other.#say(HELD);
      this.#isHeld = true;
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

  /**
   * Says that it is free, and stays open, so that {@link LockFile.hold} need not read it again: nobody else ever
   * changes its content. Only for a file system that no other machine can use. Answers whether the system tells files
   * apart well enough for that; where it does not, nothing has changed.
   */
  rest(): boolean {
    if (this.#identity === undefined) {
      const { dev, ino } = this.#attempt("look at", () => fstatSync(this.#fd));
      if (!Number.isSafeInteger(ino)) return false;
      this.#identity = { dev, ino };
    }
    this.#say(FREE);
    return true;
  }

  /** As {@link LockFile.free}, but closes in any case: for a file that is not held after all. */
  drop(): void {
    try {
      if (this.#isHeld) this.#say(FREE);
    } finally {
      this.#close();
    }
  }

  /** Whether a name in the folder leads to this file. */
  #isNamed(name: string): boolean {
    const stat = this.#folder.look(name);
    return stat?.ino === this.#identity?.ino && stat?.dev === this.#identity?.dev;
  }

  #say(state: string): void {
    try {
      writeSync(this.#fd, state, 0, "latin1");
    } catch (error) {
      throw this.#error(error, "write");
    }
    this.#isHeld = state === HELD;
  }

  #close(): void {
    this.#attempt("close", () => closeSync(this.#fd));
  }

  #attempt<T>(action: string, call: () => T): T {
    try {
      return call();
    } catch (error) {
      throw this.#error(error, action);
    }
  }

  #error(error: unknown, action: string): unknown {
    return fsError(error, { action, name: this.#folder.path, writing: true });
  }
}
