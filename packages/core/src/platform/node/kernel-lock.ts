import { closeSync, fstatSync } from "node:fs";
import { NthrecError } from "../../errors.ts";
import type { StoreLock } from "../../store/byte-store.ts";
import { fsError } from "./fs-error.ts";
import { type KernelAddon, kernelAddon } from "./kernel-addon.ts";
import { fileIdentity, KIND_FILE, kindIn, LockFolder } from "./lock-folder.ts";
import { readDescriptor } from "./small-file.ts";

/** The kind that this lock writes into its folder, with the version of its files. */
export const KERNEL_KIND = "kernel 1";

/** The byte that is locked, behind the content: where the kernel enforces locks the file stays readable. */
const LOCKED_BYTE = 4096;
/** Rounds that were lost because the folder changed meanwhile; then the answer is "not ours". */
const ROUNDS = 8;
/** How systems say that another has it: Linux, POSIX's other choice, Windows. */
const TAKEN: ReadonlySet<string> = new Set(["EAGAIN", "EACCES", "EBUSY"]);
/** The locked files of this thread, also those of another copy of this module. */
const HELD_HERE: unique symbol = Symbol.for("@nthrec/core: kernel locks of this thread");

/** The file that is locked, open. */
interface LockedFile {
  readonly fd: number;
  readonly identity: string;
}

/** How a {@link KernelLock} reaches the kernel. */
export interface KernelLockOptions {
  /** @default the package `fs-native-extensions` */
  readonly addon?: (() => KernelAddon) | undefined;
}

/**
 * A lock between all threads of all processes, kept by the kernel: it belongs to an open file, and the kernel frees it
 * when the process ends, however it ends; Node closes the files of a worker that is terminated. The file is `kind` in
 * the lock's folder, which also says that this is a kernel lock.
 */
export class KernelLock implements StoreLock {
  /** Path of the folder. */
  readonly name: string;
  readonly #folder: LockFolder;
  readonly #addon: () => KernelAddon;
  #held: LockedFile | undefined;

  /** @param folder Path of the lock's folder, which the first `tryAcquire` makes. */
  constructor(folder: string, options: KernelLockOptions = {}) {
    this.name = folder;
    this.#folder = new LockFolder(folder);
    this.#addon = options.addon ?? kernelAddon;
  }

  /**
   * Tries once, without waiting: `true` when it is ours now.
   *
   * @throws {@link NthrecError} `NTH_NOT_SUPPORTED` without the package or on a file system without such locks,
   * `NTH_LOCKED` when the folder is of another kind, `NTH_READONLY`, `NTH_IO_ERROR`
   */
  tryAcquire(): boolean {
    if (this.#held !== undefined) return false;
    const addon = this.#addon();
    for (let round = 0; round < ROUNDS; round++) {
      const fd = this.#folder.open(KIND_FILE);
      if (fd === undefined) {
        this.#folder.claim(KERNEL_KIND);
        continue;
      }
      const taken = this.#attempt(addon, fd);
      if (taken !== undefined) return taken;
    }
    return false;
  }

  get heldByThisThread(): boolean {
    if (this.#held !== undefined) return true;
    const identity = this.#folder.identityOf(KIND_FILE);
    return identity !== undefined && heldHere().has(identity);
  }

  /** Lets the next one have it. Does nothing when this object does not hold the lock. */
  release(): void {
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
    heldHere().delete(held.identity);
    try {
      // Closing does it too, but on Windows at some later time.
      this.#call(() => this.#addon().unlock(held.fd, LOCKED_BYTE, 1));
    } finally {
      this.#close(held.fd);
    }
  }

  /** Tries to lock the file that is open; `undefined` when it is not, or no longer, the one to lock. */
  #attempt(addon: KernelAddon, fd: number): boolean | undefined {
    try {
      if (kindIn(readDescriptor(fd)) !== KERNEL_KIND) {
        this.#folder.claim(KERNEL_KIND);
        return undefined;
      }
      if (!this.#lock(addon, fd)) return false;
      const identity = fileIdentity(fstatSync(fd, { bigint: true }));
      // Somebody may have removed the folder and another made it anew: then others lock another file.
      if (this.#folder.identityOf(KIND_FILE) !== identity) return undefined;
      this.#held = { fd, identity };
      heldHere().add(identity);
      return true;
    } finally {
      if (this.#held === undefined) this.#close(fd);
    }
  }

  #lock(addon: KernelAddon, fd: number): boolean {
    return this.#call(() => {
      try {
        return addon.tryLock(fd, LOCKED_BYTE, 1);
      } catch (error) {
        if (TAKEN.has(String((error as { code?: unknown }).code))) return false;
        throw error;
      }
    });
  }

  #close(fd: number): void {
    try {
      closeSync(fd);
    } catch (error) {
      throw fsError(error, { action: "close", name: this.name, writing: true });
    }
  }

  #call<T>(call: () => T): T {
    try {
      return call();
    } catch (cause) {
      throw new NthrecError(
        "NTH_NOT_SUPPORTED",
        `the kernel does not lock a file in ${this.name} (${(cause as Error).message}): put the data on another file ` +
          'system, or let all writers use lock: "generation"',
        { source: this.name, cause },
      );
    }
  }
}

function heldHere(): Set<string> {
  const place = globalThis as { [HELD_HERE]?: Set<string> };
  place[HELD_HERE] ??= new Set();
  return place[HELD_HERE];
}
