import {
  closeSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { NthrecError } from "../../src/errors.ts";
import { DirectoryStore } from "../../src/platform/node/directory-store.ts";
import { GenerationLock } from "../../src/platform/node/generation-lock.ts";
import { type KernelAddon, kernelAddon } from "../../src/platform/node/kernel-addon.ts";
import { KernelLock } from "../../src/platform/node/kernel-lock.ts";
import { kernelLocks } from "./support/kernel-locks.ts";
import { mounted, scratchFolder } from "./support/scratch.ts";

function newFolder(): string {
  return join(scratchFolder(), "data.lock");
}

/** A lock folder that is settled already. */
function settled(kind: string): string {
  const folder = newFolder();
  mkdirSync(folder);
  writeFileSync(join(folder, "kind"), kind);
  return folder;
}

/** How many files this process has open, where that can be told. */
function openFiles(): number {
  return existsSync("/proc/self/fd") ? readdirSync("/proc/self/fd").length : 0;
}

/** An addon that does what a test says before, or instead of, what it should. */
function addon(tryLock: (real: () => boolean) => boolean): { addon: () => KernelAddon } {
  return {
    addon: () => ({
      tryLock: (fd, offset, length) => tryLock(() => kernelAddon().tryLock(fd, offset, length)),
      unlock: (fd, offset, length) => kernelAddon().unlock(fd, offset, length),
    }),
  };
}

const systemError = (code: string): Error => Object.assign(new Error(`${code} made up`), { code });

describe("a kernel lock without its addon", () => {
  const missing = new NthrecError("NTH_NOT_SUPPORTED", "install it");
  const without = {
    addon: () => {
      throw missing;
    },
  };

  test("says what to install, and writes nothing", () => {
    const folder = newFolder();
    const lock = new KernelLock(folder, without);
    expect(() => lock.tryAcquire()).toThrow(missing);
    expect(lock.heldByThisThread).toBe(false);
    lock.release();
    expect(existsSync(folder)).toBe(false);
  });

  test("on a system that refuses the lock says that, and leaves no file open", () => {
    const folder = settled("kernel 1\n");
    const refusing = { tryLock: () => fail("ENOLCK"), unlock: () => fail("ENOLCK") };
    const lock = new KernelLock(folder, { addon: () => refusing });
    const before = openFiles();
    expect(() => lock.tryAcquire()).toThrow(
      expect.objectContaining({
        code: "NTH_NOT_SUPPORTED",
        source: folder,
        message: expect.stringMatching(/does not lock a file in .*data\.lock \(ENOLCK made up\): /),
        cause: expect.objectContaining({ code: "ENOLCK" }),
      }),
    );
    expect(openFiles()).toBe(before);
    expect(lock.heldByThisThread).toBe(false);

    function fail(code: string): never {
      throw systemError(code);
    }
  });

  test("a lock that cannot be given back in order is given back by closing its file", () => {
    const folder = newFolder();
    const half = {
      tryLock: () => true,
      unlock: () => {
        throw systemError("EBADF");
      },
    };
    const lock = new KernelLock(folder, { addon: () => half });
    const before = openFiles();
    expect(lock.tryAcquire()).toBe(true);
    expect(() => lock.release()).toThrow(expect.objectContaining({ code: "NTH_NOT_SUPPORTED" }));
    expect(openFiles()).toBe(before);
    expect(lock.heldByThisThread).toBe(false);
  });

  test("a file that cannot be closed is an error with a code", () => {
    const files: number[] = [];
    const easy = { tryLock: (fd: number) => files.push(fd) > 0, unlock: () => undefined };
    const lock = new KernelLock(newFolder(), { addon: () => easy });
    expect(lock.tryAcquire()).toBe(true);
    closeSync(files[0] as number);
    expect(() => lock.release()).toThrow(expect.objectContaining({ code: "NTH_IO_ERROR" }));
    expect(lock.heldByThisThread).toBe(false);
  });

  test.each(["EAGAIN", "EACCES", "EBUSY"])("%s means that another has it", (code) => {
    const taken = {
      tryLock: () => {
        throw systemError(code);
      },
      unlock: () => undefined,
    };
    expect(new KernelLock(newFolder(), { addon: () => taken }).tryAcquire()).toBe(false);
  });
});

describe.skipIf(!kernelLocks)("two kernel locks in one thread", () => {
  test("nothing is written before the first try, and then only the kind", () => {
    const folder = newFolder();
    const lock = new KernelLock(folder);
    expect(lock.heldByThisThread).toBe(false);
    lock.release();
    expect(lock.name).toBe(folder);
    expect(existsSync(folder)).toBe(false);
    expect(lock.tryAcquire()).toBe(true);
    lock.release();
    expect(readdirSync(folder)).toEqual(["kind"]);
    expect(readFileSync(join(folder, "kind"), "latin1")).toBe("kernel 1\n");
  });

  test("one holds it at a time, and this thread knows that it is its own", () => {
    const folder = newFolder();
    const locks = [0, 1, 2].map(() => new KernelLock(folder));
    const before = openFiles();
    let holder: KernelLock | undefined;
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(2), fc.boolean()), { maxLength: 20 }), (turns) => {
        for (const [turn, take] of turns) {
          const lock = locks[turn] as KernelLock;
          if (take) {
            expect(lock.tryAcquire()).toBe(holder === undefined);
            holder ??= lock;
          } else {
            lock.release();
            if (holder === lock) holder = undefined;
          }
          for (const each of locks) expect(each.heldByThisThread).toBe(holder !== undefined);
          expect(openFiles()).toBe(before + (holder === undefined || before === 0 ? 0 : 1));
        }
      }),
      { numRuns: 50 },
    );
    holder?.release();
  });

  test("another copy of the module knows it, too", async () => {
    const folder = newFolder();
    const lock = new KernelLock(folder);
    expect(lock.tryAcquire()).toBe(true);
    vi.resetModules();
    const copy = await import("../../src/platform/node/kernel-lock.ts");
    const other = new copy.KernelLock(folder);
    expect(copy.KernelLock).not.toBe(KernelLock);
    expect(other.tryAcquire()).toBe(false);
    expect(other.heldByThisThread).toBe(true);
    lock.release();
    expect(other.heldByThisThread).toBe(false);
    expect(other.tryAcquire()).toBe(true);
    other.release();
  });

  test("two files have two locks", () => {
    const [one, two] = [new KernelLock(newFolder()), new KernelLock(newFolder())];
    expect([one.tryAcquire(), two.tryAcquire()]).toEqual([true, true]);
    one.release();
    expect(one.heldByThisThread).toBe(false);
    expect(two.heldByThisThread).toBe(true);
    two.release();
  });
});

describe.skipIf(!kernelLocks)("the folder of a kernel lock", () => {
  test("of the other kind is refused, from either side", () => {
    const generation = settled("generation 1\n");
    expect(() => new KernelLock(generation).tryAcquire()).toThrow(
      expect.objectContaining({
        code: "NTH_LOCKED",
        source: generation,
        message: expect.stringMatching(
          /\("generation 1", not "kernel 1"\).* \(the option lock: "generation"\).* remove .*data\.lock/,
        ),
      }),
    );
    expect(readdirSync(generation)).toEqual(["kind"]);
    const kernel = newFolder();
    const lock = new KernelLock(kernel);
    expect(lock.tryAcquire()).toBe(true);
    expect(() => new GenerationLock(kernel).tryAcquire()).toThrow(
      expect.objectContaining({ code: "NTH_LOCKED", source: kernel }),
    );
    lock.release();
  });

  test("of a kind of tomorrow is refused", () => {
    expect(() => new KernelLock(settled("kernel 2\n")).tryAcquire()).toThrow(
      /\("kernel 2", not "kernel 1"\): open it with the same kind, or/,
    );
  });

  test.each(["", "\0\0\0\0\0"])("that a power cut emptied (%j) is settled anew", (kind) => {
    const folder = settled(kind);
    const lock = new KernelLock(folder);
    expect(lock.tryAcquire()).toBe(true);
    expect(readFileSync(join(folder, "kind"), "latin1")).toBe("kernel 1\n");
    lock.release();
  });

  test("that was replaced between the look and the lock is looked at again", () => {
    const folder = newFolder();
    const other = new KernelLock(folder);
    let times = 0;
    const lock = new KernelLock(
      folder,
      addon((real) => {
        times++;
        if (times === 1) {
          renameSync(folder, `${folder}.old`);
          expect(other.tryAcquire()).toBe(true);
        }
        return real();
      }),
    );
    // What it locked at first is a file that nobody else finds any more.
    expect(lock.tryAcquire()).toBe(false);
    expect(times).toBe(2);
    other.release();
    expect(lock.tryAcquire()).toBe(true);
    lock.release();
  });

  test("that is removed again and again is given up for now, with no file left open", () => {
    const folder = newFolder();
    const before = openFiles();
    const removing = addon((real) => {
      rmSync(folder, { recursive: true });
      return real();
    });
    expect(new KernelLock(folder, removing).tryAcquire()).toBe(false);
    expect(openFiles()).toBe(before);
  });

  test("that was removed while it was held belongs to the next, whom the first does not disturb", () => {
    const folder = newFolder();
    const [first, next] = [new KernelLock(folder), new KernelLock(folder)];
    expect(first.tryAcquire()).toBe(true);
    rmSync(folder, { recursive: true });
    expect(next.tryAcquire()).toBe(true);
    first.release();
    expect(next.heldByThisThread).toBe(true);
    expect(new KernelLock(folder).tryAcquire()).toBe(false);
    next.release();
  });

  test("in a place that cannot be written is NTH_READONLY", (context) => {
    const place = scratchFolder();
    if (!mounted(place, "--bind", place) || !mounted(place, "-o", "remount,ro,bind")) {
      return context.skip();
    }
    expect(() => new KernelLock(join(place, "data.lock")).tryAcquire()).toThrow(
      expect.objectContaining({ code: "NTH_READONLY" }),
    );
  });
});

describe("the kind of a store's lock", () => {
  const kindOf = (store: DirectoryStore): string =>
    readFileSync(join(store.name, "a.lock", "kind"), "latin1").trim();

  test.skipIf(!kernelLocks)("is the one that was asked for", () => {
    const store = new DirectoryStore(scratchFolder());
    const lock = store.lock("a.lock", { kind: "kernel" });
    expect(lock).toBeInstanceOf(KernelLock);
    expect(lock.tryAcquire()).toBe(true);
    onTestFinished(() => lock.release());
    expect(kindOf(store)).toBe("kernel 1");
    expect(() => store.lock("a.lock", { kind: "generation" }).tryAcquire()).toThrow(
      expect.objectContaining({ code: "NTH_LOCKED" }),
    );
  });

  test("is the one that was settled on, else made of files", () => {
    const store = new DirectoryStore(scratchFolder());
    expect(store.lock("a.lock")).toBeInstanceOf(GenerationLock);
    expect(store.listSync()).toEqual([]);
    mkdirSync(join(store.name, "a.lock"));
    writeFileSync(join(store.name, "a.lock", "kind"), "kernel 1\n");
    expect(store.lock("a.lock")).toBeInstanceOf(KernelLock);
    expect(store.lock("a.lock", {})).toBeInstanceOf(KernelLock);
    writeFileSync(join(store.name, "a.lock", "kind"), "a kind of tomorrow\n");
    expect(() => store.lock("a.lock").tryAcquire()).toThrow(
      /\("a kind of tomorrow", not "generation 1"\): open it with the same kind, or/,
    );
  });
});
