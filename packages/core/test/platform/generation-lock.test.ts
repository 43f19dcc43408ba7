import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { GENERATION_KIND, GenerationLock } from "../../src/platform/node/generation-lock.ts";
import { encodeHolder, type LockHolder } from "../../src/platform/node/lock-holder.ts";
import { threadCensus } from "../../src/platform/node/thread-census.ts";
import { mounted, scratchFolder } from "./support/scratch.ts";

/** What the next call of the file system does instead of, or before, what it should. */
const system = vi.hoisted(() => ({
  link: undefined as ((from: string, to: string) => void) | undefined,
  unlink: undefined as ((path: string) => void) | undefined,
  write: undefined as (() => void) | undefined,
  list: undefined as (() => void) | undefined,
  open: undefined as ((path: string, flags: unknown) => void) | undefined,
  nlink: undefined as number | undefined,
  kind: undefined as number | undefined,
  inode: undefined as number | undefined,
}));

vi.mock("node:fs", async (original) => {
  const real = await original<typeof import("node:fs")>();
  return {
    ...real,
    linkSync: (from: string, to: string) => {
      system.link?.(from, to);
      real.linkSync(from, to);
    },
    unlinkSync: (path: string) => {
      system.unlink?.(path);
      real.unlinkSync(path);
    },
    writeSync: (...args: Parameters<typeof real.writeSync>) => {
      system.write?.();
      return real.writeSync(...args);
    },
    readdirSync: (...args: Parameters<typeof real.readdirSync>) => {
      system.list?.();
      return real.readdirSync(...args);
    },
    openSync: (path: string, flags: string) => {
      system.open?.(path, flags);
      return real.openSync(path, flags);
    },
    statfsSync: (path: string) => {
      const stat = real.statfsSync(path);
      if (system.kind !== undefined) stat.type = system.kind;
      return stat;
    },
    fstatSync: (fd: number) => {
      const stat = real.fstatSync(fd);
      if (system.nlink !== undefined) stat.nlink = system.nlink;
      if (system.inode !== undefined) stat.ino = system.inode;
      return stat;
    },
  };
});

beforeEach(() => {
  system.link = system.unlink = system.write = system.list = undefined;
  system.open = undefined;
  system.nlink = system.kind = system.inode = undefined;
});

function refusal(code: string): Error {
  return Object.assign(new Error(`${code}: made up`), { code, errno: -1 });
}

const code = (wanted: string): object => expect.objectContaining({ code: wanted });
const { self } = threadCensus();
/** A thread of this machine that has ended: no task lives that long. */
const dead: LockHolder = { ...self, start: "1", thread: self.thread + 1 };

function newFolder(): string {
  return join(scratchFolder(), "data.lock");
}

/** Puts a lock folder in place as others left it. */
function left(files: Readonly<Record<string, string>>): string {
  const folder = newFolder();
  mkdirSync(folder);
  writeFileSync(join(folder, "kind"), `${GENERATION_KIND}\n`);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

function generations(folder: string): number[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith("g"))
    .map((name) => Number(name.slice(1)))
    .sort((a, b) => a - b);
}

function temps(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.startsWith("t"));
}

describe("two locks in one thread", () => {
  test("nothing is written before the first try", () => {
    const folder = newFolder();
    const lock = new GenerationLock(folder);
    expect(lock.heldByThisThread).toBe(false);
    lock.release();
    expect(existsSync(folder)).toBe(false);
    expect(lock.name).toBe(folder);
  });

  test("one holds it at a time, and this thread knows that it is its own", () => {
    const folder = newFolder();
    const [one, two] = [new GenerationLock(folder), new GenerationLock(folder)];
    expect(one.tryAcquire()).toBe(true);
    expect(one.tryAcquire()).toBe(false);
    expect(two.tryAcquire()).toBe(false);
    expect(one.heldByThisThread).toBe(true);
    expect(two.heldByThisThread).toBe(true);
    two.release();
    expect(two.tryAcquire()).toBe(false);
    one.release();
    expect(one.heldByThisThread).toBe(false);
    expect(two.heldByThisThread).toBe(false);
    expect(two.tryAcquire()).toBe(true);
    expect(one.tryAcquire()).toBe(false);
    one.release();
    expect(one.tryAcquire()).toBe(false);
    two.release();
  });

  test("the folder keeps one generation and its kind, and the number only grows", () => {
    const folder = newFolder();
    const locks = [0, 1, 2].map(() => new GenerationLock(folder));
    let highest = 0;
    fc.assert(
      fc.property(fc.array(fc.nat(2), { maxLength: 10 }), (turns) => {
        for (const turn of turns) {
          const lock = locks[turn] as GenerationLock;
          expect(lock.tryAcquire()).toBe(true);
          const now = generations(folder);
          expect(now).toEqual([highest + 1]);
          highest++;
          lock.release();
        }
      }),
      { numRuns: 50 },
    );
    expect(readdirSync(folder).sort()).toEqual([`g${highest}`, "kind"]);
    expect(readFileSync(join(folder, "kind"), "latin1")).toBe("generation 1\n");
  });

  test("missing folders above are made", () => {
    const folder = join(scratchFolder(), "a", "b", "data.lock");
    const lock = new GenerationLock(folder);
    expect(lock.tryAcquire()).toBe(true);
    lock.release();
  });
});

describe("what others left", () => {
  const record = (state: string, holder: LockHolder, nonce = "n"): string =>
    state + encodeHolder(holder, nonce);

  test("a free generation is followed by the next", () => {
    const folder = left({ g7: record("F", dead) });
    expect(new GenerationLock(folder).tryAcquire()).toBe(true);
    expect(generations(folder)).toEqual([8]);
  });

  test("a free generation is free, whoever released it", () => {
    const strange = { ...dead, boot: "other", machine: "other", space: "pid:[1]" };
    const folder = left({ g7: record("F", strange) });
    expect(new GenerationLock(folder).tryAcquire()).toBe(true);
  });

  test("a dead holder is passed over, with all that it left", () => {
    const folder = left({
      g3: record("F", dead),
      g5: record("F", dead),
      g6: record("H", dead),
      tleft: record("H", dead),
      ttorn: "H{",
      tempty: "",
      talive: record("H", self),
      "not ours": "",
    });
    expect(new GenerationLock(folder).tryAcquire()).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(["g7", "kind", "not ours", "talive"]);
  });

  test("a living holder is waited for", () => {
    const folder = left({ g6: record("H", self, "of another object") });
    const lock = new GenerationLock(folder);
    for (let i = 0; i < 5; i++) expect(lock.tryAcquire()).toBe(false);
    expect(lock.heldByThisThread).toBe(true);
    expect(generations(folder)).toEqual([6]);
    expect(temps(folder)).toEqual([]);
  });

  test("a lower generation says nothing", () => {
    const folder = left({ g6: record("H", self), g7: record("F", dead) });
    const lock = new GenerationLock(folder);
    expect(lock.heldByThisThread).toBe(false);
    expect(lock.tryAcquire()).toBe(true);
  });

  test.each(["", "\0\0\0\0", "H", 'H{"pid":', "nonsense"])(
    "a generation that a power cut tore (%j) is nobody's",
    (text) => {
      const folder = left({ g6: text });
      const lock = new GenerationLock(folder);
      expect(lock.heldByThisThread).toBe(false);
      expect(lock.tryAcquire()).toBe(true);
      expect(generations(folder)).toEqual([7]);
    },
  );

  test("numbers that are none are not counted", () => {
    const folder = left({ g0: "", g01: "", gx: "", g9999999999999999: "" });
    expect(new GenerationLock(folder).tryAcquire()).toBe(true);
    expect(existsSync(join(folder, "g1"))).toBe(true);
  });

  test("a holder of another boot has ended", () => {
    const folder = left({ g6: record("H", { ...self, boot: "another", thread: 99 }) });
    expect(new GenerationLock(folder).tryAcquire()).toBe(true);
  });

  test("a holder of another machine has ended where only one machine can be", (context) => {
    const place = scratchFolder();
    if (!mounted(place, "-t", "tmpfs", "none")) return context.skip();
    const folder = join(place, "data.lock");
    mkdirSync(folder);
    writeFileSync(join(folder, "g9"), record("H", { ...self, boot: "another", machine: "there" }));
    expect(new GenerationLock(folder).tryAcquire()).toBe(true);
    expect(generations(folder)).toEqual([10]);
  });

  test.runIf(process.platform === "linux")(
    "a holder in another PID namespace is waited for, and the obstacle told",
    () => {
      const folder = left({ g6: record("H", { ...self, pid: 77, space: "pid:[1]" }) });
      const lock = new GenerationLock(folder);
      expect(lock.obstacle).toBeUndefined();
      expect(lock.tryAcquire()).toBe(false);
      expect(lock.obstacle).toMatchObject({
        code: "NTH_LOCKED",
        source: folder,
        message:
          `${folder} is held by process 77 of another PID namespace (another container, or one without a /proc of its ` +
          `own; ${self.machine}), and whether that process lives cannot be seen from here: wait until it has ended, ` +
          `or, when you know that it has, remove the folder ${folder}`,
      });
      expect(generations(folder)).toEqual([6]);
      // The stranger lived, and releases.
      writeFileSync(join(folder, "g6"), record("F", { ...self, pid: 77, space: "pid:[1]" }));
      expect(lock.tryAcquire()).toBe(true);
      expect(lock.obstacle).toBeUndefined();
    },
  );

  test("a holder on another machine is waited for, too", () => {
    const NFS = 0x6969;
    system.kind = NFS;
    const stranger = { ...self, pid: 77, boot: "there", machine: "there" };
    const folder = left({ g6: record("H", stranger) });
    const lock = new GenerationLock(folder);
    expect(lock.tryAcquire()).toBe(false);
    expect(lock.obstacle?.message).toMatch(
      /process 77 of another machine \(there\), .* remove the/,
    );
  });

  test("another kind of lock is refused, and says what to do", () => {
    const folder = left({ kind: "kernel 1\n" });
    expect(() => new GenerationLock(folder).tryAcquire()).toThrow(
      expect.objectContaining({
        code: "NTH_LOCKED",
        source: folder,
        message: expect.stringMatching(
          /"kernel 1", not "generation 1".*the same kind \(the option lock: "kernel"\)/,
        ),
      }),
    );
    expect(readdirSync(folder)).toEqual(["kind"]);
  });

  test.each(["", "\0\0\0\0\0"])("a kind that a power cut emptied (%j) is written anew", (kind) => {
    const folder = left({ kind, g6: record("F", dead) });
    expect(new GenerationLock(folder).tryAcquire()).toBe(true);
    expect(readFileSync(join(folder, "kind"), "latin1")).toBe("generation 1\n");
  });

  test("a folder that somebody emptied starts over", () => {
    const folder = newFolder();
    const lock = new GenerationLock(folder);
    lock.tryAcquire();
    lock.release();
    rmSync(folder, { recursive: true });
    expect(lock.tryAcquire()).toBe(true);
    expect(generations(folder)).toEqual([1]);
    // Removed while it was held: nothing of the next holder is touched.
    rmSync(folder, { recursive: true });
    const next = new GenerationLock(folder);
    expect(next.tryAcquire()).toBe(true);
    lock.release();
    expect(new GenerationLock(folder).tryAcquire()).toBe(false);
    expect(lock.tryAcquire()).toBe(false);
    next.release();
  });

  test("a generation that is not this object's any more is not taken again", () => {
    const folder = newFolder();
    const lock = new GenerationLock(folder);
    lock.tryAcquire();
    lock.release();
    writeFileSync(join(folder, "g1"), record("H", self, "another"));
    expect(lock.tryAcquire()).toBe(false);
  });
});

describe("races", () => {
  /** Takes the lock as another thread would, in the middle of a call. */
  function overtake(folder: string, number: number, state: "H" | "F"): void {
    const other = { ...self, thread: self.thread + 1 };
    writeFileSync(join(folder, `g${number}`), state + encodeHolder(other, "overtaken"));
  }

  test("who links second looks again, and waits for the first", () => {
    const folder = newFolder();
    system.link = (_from, to) => {
      if (to.endsWith("g1")) overtake(folder, 1, "H");
    };
    const lock = new GenerationLock(folder);
    expect(lock.tryAcquire()).toBe(false);
    expect(lock.heldByThisThread).toBe(false);
    expect(temps(folder)).toEqual([]);
  });

  test("who links second and finds it free again goes on from there", () => {
    const folder = newFolder();
    system.link = (_from, to) => {
      if (to.endsWith("g1")) overtake(folder, 1, "F");
    };
    expect(new GenerationLock(folder).tryAcquire()).toBe(true);
    expect(generations(folder)).toEqual([2]);
  });

  test("who always links second gives up for now", () => {
    const folder = newFolder();
    system.link = (_from, to) => {
      if (!to.endsWith("kind")) overtake(folder, Number(to.split("g").pop()), "F");
    };
    expect(new GenerationLock(folder).tryAcquire()).toBe(false);
    expect(temps(folder)).toEqual([]);
  });

  test("who links a number from an old view takes it away again", () => {
    const folder = newFolder();
    // Others went through g1 and g2 to g3, and swept, between the look and the link.
    system.link = (_from, to) => {
      if (!to.endsWith("g1")) return;
      system.link = undefined;
      overtake(folder, 3, "H");
    };
    expect(new GenerationLock(folder).tryAcquire()).toBe(false);
    expect(generations(folder)).toEqual([3]);
    expect(temps(folder)).toEqual([]);
  });

  /** Does something once, right before a file in the folder is opened. */
  function beforeOpening(which: RegExp, act: (path: string) => void, flags = "r"): void {
    system.open = (path, how) => {
      if (!which.test(path) || how !== flags) return;
      system.open = undefined;
      act(path);
    };
  }

  test("a folder that goes between the look and the link is made again", () => {
    const folder = newFolder();
    system.link = (_from, to) => {
      if (!to.endsWith("g1")) return;
      system.link = undefined;
      rmSync(folder, { recursive: true });
    };
    expect(new GenerationLock(folder).tryAcquire()).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(["g1", "kind"]);
  });

  test("a folder that goes before the look is made again", () => {
    const folder = newFolder();
    system.list = () => {
      system.list = undefined;
      rmSync(folder, { recursive: true });
    };
    expect(new GenerationLock(folder).tryAcquire()).toBe(true);
    expect(generations(folder)).toEqual([1]);
  });

  test("who is swept before it is in place makes another file", () => {
    const folder = newFolder();
    beforeOpening(/\/t[^/]*$/, unlinkSync, "r+");
    expect(new GenerationLock(folder).tryAcquire()).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(["g1", "kind"]);
  });

  test("a generation that goes while it is looked at was followed by another", () => {
    const folder = newFolder();
    new GenerationLock(folder).tryAcquire();
    beforeOpening(/\/g1$/, (path) => {
      overtake(folder, 2, "F");
      unlinkSync(path);
    });
    expect(new GenerationLock(folder).tryAcquire()).toBe(true);
    expect(generations(folder)).toEqual([3]);
  });

  test("what goes while it is swept is gone", () => {
    const folder = left({ tleft: "" });
    beforeOpening(/\/tleft$/, unlinkSync);
    expect(new GenerationLock(folder).tryAcquire()).toBe(true);
    expect(temps(folder)).toEqual([]);
  });

  test("taking it again fails when the file loses its name at the last moment", () => {
    const folder = newFolder();
    const lock = new GenerationLock(folder);
    lock.tryAcquire();
    lock.release();
    const overtakeAndSweep = (path: string): void => {
      overtake(folder, 2, "H");
      unlinkSync(path);
    };
    // It is open; before it is looked up once more another has the lock.
    beforeOpening(/\/g1$/, () => beforeOpening(/\/g1$/, overtakeAndSweep, "r+"), "r+");
    expect(lock.tryAcquire()).toBe(false);
    expect(generations(folder)).toEqual([2]);
  });

  test("taking it again fails when another has the next number", () => {
    const folder = newFolder();
    const lock = new GenerationLock(folder);
    lock.tryAcquire();
    lock.release();
    system.link = (_from, to) => {
      system.link = undefined;
      if (to.endsWith("g2")) overtake(folder, 2, "H");
    };
    expect(lock.tryAcquire()).toBe(false);
    expect(lock.heldByThisThread).toBe(false);
  });

  test("taking it again fails when others had it and swept", () => {
    const folder = newFolder();
    const lock = new GenerationLock(folder);
    lock.tryAcquire();
    lock.release();
    system.link = () => {
      system.link = undefined;
      overtake(folder, 3, "H");
      unlinkSync(join(folder, "g1"));
    };
    expect(lock.tryAcquire()).toBe(false);
    expect(generations(folder)).toEqual([3]);
  });

  test("taking it again is not fooled by another file under the old name", () => {
    const folder = newFolder();
    const lock = new GenerationLock(folder);
    lock.tryAcquire();
    lock.release();
    system.link = () => {
      system.link = undefined;
      // Others had it and swept; one that had slept since before then left this and died.
      overtake(folder, 3, "H");
      unlinkSync(join(folder, "g1"));
      overtake(folder, 1, "H");
    };
    expect(lock.tryAcquire()).toBe(false);
    expect(generations(folder)).toEqual([1, 3]);
  });

  test("a sweep goes upwards, so that nobody takes a number twice in the middle of it", () => {
    const folder = newFolder();
    const early = new GenerationLock(folder);
    early.tryAcquire();
    early.release();
    // Whoever took g2 and g3 died before it swept.
    for (const number of [2, 3]) {
      writeFileSync(join(folder, `g${number}`), `H${encodeHolder(dead, `${number}`)}`);
    }
    const swept: string[] = [];
    system.unlink = (path) => {
      if (!/g\d$/.test(path)) return;
      const hook = system.unlink;
      system.unlink = undefined;
      expect(early.tryAcquire()).toBe(false);
      system.unlink = hook;
      swept.push(path.slice(-2));
    };
    expect(new GenerationLock(folder).tryAcquire()).toBe(true);
    expect(swept).toEqual(["g1", "g2", "g3"]);
  });

  test("taking it again believes a listing where links are not counted", () => {
    const folder = newFolder();
    const lock = new GenerationLock(folder);
    lock.tryAcquire();
    lock.release();
    system.nlink = 1;
    expect(lock.tryAcquire()).toBe(true);
    expect(generations(folder)).toEqual([2]);
    lock.release();
    system.link = () => {
      system.link = undefined;
      overtake(folder, 9, "H");
    };
    expect(lock.tryAcquire()).toBe(false);
    expect(generations(folder)).toEqual([2, 9]);
  });

  test("a folder that vanishes in the middle is made again", () => {
    const folder = newFolder();
    let left = 2;
    system.link = (_from, to) => {
      if (!to.endsWith("kind") && left-- > 0) rmSync(folder, { recursive: true });
    };
    const lock = new GenerationLock(folder);
    expect(lock.tryAcquire()).toBe(true);
    lock.release();
    left = 1;
    expect(lock.tryAcquire()).toBe(true);
    expect(generations(folder)).toEqual([1]);
  });

  test("a folder that vanishes again and again is refused", () => {
    const folder = newFolder();
    system.link = () => rmSync(folder, { recursive: true });
    expect(() => new GenerationLock(folder).tryAcquire()).toThrow(code("NTH_LOCKED"));
  });

  test("a temporary file that a holder swept is made again", () => {
    const folder = newFolder();
    let swept = false;
    system.link = (from, to) => {
      if (to.endsWith("kind") || swept) return;
      swept = true;
      unlinkSync(from);
    };
    expect(new GenerationLock(folder).tryAcquire()).toBe(true);
  });

  test("a generation that goes between the look and the reading is looked for again", () => {
    const folder = left({ g6: `F${encodeHolder(dead, "n")}`, g7: `F${encodeHolder(dead, "n")}` });
    const lock = new GenerationLock(folder);
    let done = false;
    // A holder of g8 that came and went: the listing is one moment, the reading another.
    system.link = (_from, to) => {
      if (done || !to.endsWith("g8")) return;
      done = true;
      unlinkSync(join(folder, "g6"));
      unlinkSync(join(folder, "g7"));
      overtake(folder, 8, "F");
    };
    expect(lock.tryAcquire()).toBe(true);
    expect(generations(folder)).toEqual([9]);
  });

  test("what cannot be removed stays, and the next ones do too", () => {
    const folder = left({
      g3: `F${encodeHolder(dead, "n")}`,
      g4: `F${encodeHolder(dead, "n")}`,
      tx: "",
    });
    system.unlink = (path) => {
      if (path.endsWith("g3") || path.endsWith("tx")) throw refusal("EPERM");
    };
    const lock = new GenerationLock(folder);
    expect(lock.tryAcquire()).toBe(true);
    expect(generations(folder)).toEqual([3, 4, 5]);
    lock.release();
    expect(lock.tryAcquire()).toBe(true);
    expect(generations(folder)).toEqual([3, 4, 5, 6]);
    lock.release();
    system.unlink = undefined;
    expect(lock.tryAcquire()).toBe(true);
    expect(generations(folder)).toEqual([7]);
    lock.release();
    system.unlink = (path) => {
      if (path.endsWith("g7")) throw refusal("EBUSY");
    };
    expect(lock.tryAcquire()).toBe(true);
    expect(generations(folder)).toEqual([7, 8]);
    lock.release();
    system.unlink = undefined;
    expect(lock.tryAcquire()).toBe(true);
    expect(generations(folder)).toEqual([9]);
  });
});

describe("a holder that rests", () => {
  const filesOpen = (folder: string): number =>
    readdirSync("/proc/self/fd").filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`).startsWith(folder);
      } catch {
        return false;
      }
    }).length;

  test("lets others have it, and takes it again without opening a file", () => {
    const folder = newFolder();
    const [one, two] = [new GenerationLock(folder), new GenerationLock(folder)];
    one.rest();
    expect(existsSync(folder)).toBe(false);
    expect(one.tryAcquire()).toBe(true);
    expect(one.undisturbed).toBe(false);
    one.rest();
    expect(one.heldByThisThread).toBe(false);
    let opened = 0;
    system.open = () => opened++;
    for (let i = 2; i < 6; i++) {
      expect(one.tryAcquire()).toBe(true);
      expect(one.undisturbed).toBe(true);
      expect(one.tryAcquire()).toBe(false);
      expect(generations(folder)).toEqual([i]);
      one.rest();
    }
    if (process.platform === "linux") expect(opened).toBe(0);
    expect(two.tryAcquire()).toBe(true);
    expect(one.tryAcquire()).toBe(false);
    two.rest();
    expect(one.tryAcquire()).toBe(true);
    expect(one.undisturbed).toBe(false);
    expect(two.tryAcquire()).toBe(false);
    one.release();
    two.release();
  });

  test.runIf(process.platform === "linux")("keeps no file once it released", () => {
    const folder = newFolder();
    const lock = new GenerationLock(folder);
    lock.tryAcquire();
    lock.rest();
    expect(filesOpen(folder)).toBe(1);
    lock.release();
    expect(filesOpen(folder)).toBe(0);
    expect(generations(folder)).toEqual([1]);
    lock.tryAcquire();
    lock.rest();
    lock.tryAcquire();
    lock.release();
    expect(filesOpen(folder)).toBe(0);
    // Another one swept the resting file.
    lock.tryAcquire();
    lock.rest();
    new GenerationLock(folder).tryAcquire();
    expect(lock.tryAcquire()).toBe(false);
    expect(filesOpen(folder)).toBe(1);
  });

  test("finds out that its folder was made anew", () => {
    const folder = newFolder();
    const lock = new GenerationLock(folder);
    lock.tryAcquire();
    lock.rest();
    rmSync(folder, { recursive: true });
    expect(lock.tryAcquire()).toBe(true);
    expect(lock.undisturbed).toBe(false);
    lock.rest();
    rmSync(folder, { recursive: true });
    const next = new GenerationLock(folder);
    next.tryAcquire();
    // The same number, another file.
    expect(generations(folder)).toEqual([1]);
    expect(lock.tryAcquire()).toBe(false);
    expect(generations(folder)).toEqual([1]);
    next.release();
    expect(lock.tryAcquire()).toBe(true);
    expect(lock.undisturbed).toBe(false);
    lock.release();
  });

  test.each([
    ["of other machines", "kind", 0x6969],
    ["that does not tell files apart", "inode", 2 ** 60],
  ] as const)("closes its file on a file system %s", (_what, field, value) => {
    const folder = newFolder();
    const lock = new GenerationLock(folder);
    lock.tryAcquire();
    system[field] = value;
    lock.rest();
    system.inode = undefined;
    let opened = 0;
    system.open = () => opened++;
    expect(lock.tryAcquire()).toBe(true);
    expect(lock.undisturbed).toBe(true);
    expect(opened).toBe(2);
    lock.release();
  });

  test("holds on when the system refuses, and can rest later", () => {
    const folder = newFolder();
    const lock = new GenerationLock(folder);
    lock.tryAcquire();
    system.write = () => {
      throw refusal("EIO");
    };
    expect(() => lock.rest()).toThrow(code("NTH_IO_ERROR"));
    expect(new GenerationLock(folder).tryAcquire()).toBe(false);
    system.write = undefined;
    lock.rest();
    system.write = () => {
      throw refusal("EIO");
    };
    expect(() => lock.tryAcquire()).toThrow(code("NTH_IO_ERROR"));
    system.write = undefined;
    expect(lock.tryAcquire()).toBe(true);
    lock.release();
  });

  test("is told of a folder that cannot be looked into", () => {
    const folder = newFolder();
    const lock = new GenerationLock(folder);
    lock.tryAcquire();
    lock.rest();
    rmSync(folder, { recursive: true });
    writeFileSync(folder, "");
    expect(() => lock.tryAcquire()).toThrow(code("NTH_LOCKED"));
  });
});

describe("a file system that refuses", () => {
  test.each(["EPERM", "ENOTSUP", "EOPNOTSUPP", "EMLINK", "ENOSYS"])(
    "no hard links (%s) is NTH_NOT_SUPPORTED",
    (errno) => {
      const folder = newFolder();
      system.link = () => {
        throw refusal(errno);
      };
      expect(() => new GenerationLock(folder).tryAcquire()).toThrow(
        expect.objectContaining({
          code: "NTH_NOT_SUPPORTED",
          source: folder,
          message: expect.stringContaining("no hard links"),
        }),
      );
    },
  );

  test("a full disk leaves the lock to the next", () => {
    const folder = newFolder();
    const lock = new GenerationLock(folder);
    lock.tryAcquire();
    lock.release();
    for (const other of [lock, new GenerationLock(folder)]) {
      system.link = () => {
        throw refusal("ENOSPC");
      };
      expect(() => other.tryAcquire()).toThrow(code("NTH_IO_ERROR"));
      system.link = undefined;
      expect(temps(folder)).toEqual([]);
      expect(other.heldByThisThread).toBe(false);
    }
    expect(new GenerationLock(folder).tryAcquire()).toBe(true);
  });

  test("no room for a listing after the link leaves the lock to the next", () => {
    const folder = newFolder();
    const lock = new GenerationLock(folder);
    const full = (): void => {
      throw refusal("EMFILE");
    };
    system.link = (_from, to) => {
      if (to.endsWith("g1")) system.list = full;
    };
    expect(() => lock.tryAcquire()).toThrow(code("NTH_IO_ERROR"));
    system.list = system.link = undefined;
    expect(lock.heldByThisThread).toBe(false);
    expect(lock.tryAcquire()).toBe(true);
    lock.release();
    // The same when it is taken again where names are not counted.
    system.nlink = 1;
    system.list = full;
    expect(() => lock.tryAcquire()).toThrow(code("NTH_IO_ERROR"));
    system.list = undefined;
    system.nlink = system.kind = undefined;
    expect(lock.heldByThisThread).toBe(false);
    expect(new GenerationLock(folder).tryAcquire()).toBe(true);
    expect(temps(folder)).toEqual([]);
  });

  test("a release that fails keeps the lock, and can be tried again", () => {
    const folder = newFolder();
    const lock = new GenerationLock(folder);
    lock.tryAcquire();
    system.write = () => {
      throw refusal("EIO");
    };
    expect(() => lock.release()).toThrow(code("NTH_IO_ERROR"));
    expect(new GenerationLock(folder).tryAcquire()).toBe(false);
    system.write = undefined;
    lock.release();
    system.write = () => {
      throw refusal("EIO");
    };
    expect(() => lock.tryAcquire()).toThrow(code("NTH_IO_ERROR"));
    system.write = undefined;
    expect(lock.tryAcquire()).toBe(true);
  });

  test("a file where the folder should be", () => {
    const folder = newFolder();
    writeFileSync(folder, "");
    expect(() => new GenerationLock(folder).tryAcquire()).toThrow(
      expect.objectContaining({ code: "NTH_LOCKED", message: expect.stringMatching(/is a file/) }),
    );
    expect(statSync(folder).size).toBe(0);
  });

  test("a folder where a generation should be", () => {
    const folder = left({});
    mkdirSync(join(folder, "g4"));
    expect(() => new GenerationLock(folder).tryAcquire()).toThrow(code("NTH_INVALID_VALUE"));
  });

  test("a generation with two names from elsewhere is still one", () => {
    const folder = newFolder();
    const lock = new GenerationLock(folder);
    lock.tryAcquire();
    lock.release();
    linkSync(join(folder, "g1"), join(folder, "copy"));
    expect(lock.tryAcquire()).toBe(true);
    expect(generations(folder)).toEqual([2]);
  });

  test("a read-only file system is NTH_READONLY", (context) => {
    const folder = scratchFolder();
    mkdirSync(join(folder, "data.lock"));
    if (!mounted(folder, "--bind", folder) || !mounted(folder, "-o", "remount,ro,bind")) {
      return context.skip();
    }
    for (const name of ["data.lock", "new.lock"]) {
      expect(() => new GenerationLock(join(folder, name)).tryAcquire()).toThrow(
        code("NTH_READONLY"),
      );
    }
  });

  test.runIf(process.platform === "linux")("a place where nobody may write", () => {
    expect(() => new GenerationLock("/sys/data.lock").tryAcquire()).toThrow(code("NTH_READONLY"));
  });
});
