import { EventEmitter } from "node:events";
import {
  appendFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { DirectoryStore } from "../../src/platform/node/directory-store.ts";
import { watchEntry } from "../../src/platform/node/watch-entry.ts";
import { scratchFolder } from "./support/scratch.ts";

type Listener = (event: string, file: string | null) => void;

/** A watcher that a test plays the system for, instead of the real one. */
class FakeWatcher extends EventEmitter {
  closed = 0;
  readonly listener: Listener;

  constructor(listener: Listener) {
    super();
    this.listener = listener;
  }

  close(): void {
    this.closed++;
  }
}

const system = vi.hoisted(() => ({
  watch: undefined as ((folder: string, listener: Listener) => unknown) | undefined,
}));

vi.mock("node:fs", async (original) => {
  const real = await original<typeof import("node:fs")>();
  const watch = (folder: string, options: object, listener: Listener): unknown =>
    system.watch?.(folder, listener) ?? real.watch(folder, options, listener);
  return { ...real, watch };
});

beforeEach(() => {
  system.watch = undefined;
});

/** Watches `data` in `folder` until the test ends; counts the calls. */
function watched(folder: string): { calls: number; readonly end: () => void } {
  const seen = { calls: 0, end: (): void => undefined };
  seen.end = new DirectoryStore(folder).watch("data", () => seen.calls++);
  onTestFinished(() => seen.end());
  return seen;
}

/** Makes a change, and waits until it is reported. */
async function expectCall(seen: { calls: number }, change: () => void): Promise<void> {
  const before = seen.calls;
  change();
  await expect.poll(() => seen.calls, { interval: 5, timeout: 4000 }).toBeGreaterThan(before);
}

/** Waits until everything that was reported of `folder` before has arrived: the system keeps the order. */
async function settled(folder: string): Promise<void> {
  const store = new DirectoryStore(folder);
  for (const last of ["one", "two"]) {
    const seen = { calls: 0 };
    const end = store.watch(last, () => seen.calls++);
    await expectCall(seen, () => writeFileSync(join(folder, last), last));
    end();
  }
}

describe("watching an entry of a folder", () => {
  test("reports what is made, written, cut, renamed and removed", async () => {
    const folder = scratchFolder();
    const path = join(folder, "data");
    const seen = watched(folder);
    const changes = [
      () => writeFileSync(path, "x"),
      () => appendFileSync(path, "y"),
      () => truncateSync(path, 0),
      () => renameSync(path, join(folder, "other")),
      () => renameSync(join(folder, "other"), path),
      () => unlinkSync(path),
      () => writeFileSync(path, "again"),
    ];
    for (const change of changes) {
      await expectCall(seen, change);
      // One change can be reported several times; what follows is not to be mistaken for the next one.
      await settled(folder);
    }
  });

  test("reports a file that takes the name, and goes on with that one", async () => {
    const folder = scratchFolder();
    const path = join(folder, "data");
    writeFileSync(path, "old");
    writeFileSync(`${path}.new`, "new");
    const seen = watched(folder);
    await expectCall(seen, () => renameSync(`${path}.new`, path));
    await settled(folder);
    await expectCall(seen, () => appendFileSync(path, "more"));
  });

  test("does not report other files", async () => {
    const folder = scratchFolder();
    writeFileSync(join(folder, "data"), "x");
    const seen = watched(folder);
    await settled(folder);
    const before = seen.calls;
    for (const other of ["dat", "data2", "other"]) writeFileSync(join(folder, other), "x");
    await settled(folder);
    expect(seen.calls).toBe(before);
  });

  test("is silent once it has ended, while others go on", async () => {
    const folder = scratchFolder();
    const path = join(folder, "data");
    const [ended, going] = [watched(folder), watched(folder)];
    await expectCall(going, () => writeFileSync(path, "x"));
    await settled(folder);
    ended.end();
    ended.end();
    const before = ended.calls;
    await expectCall(going, () => appendFileSync(path, "y"));
    await settled(folder);
    expect(ended.calls).toBe(before);
  });

  test("of a folder that is missing never calls, and is no error", async () => {
    const folder = join(scratchFolder(), "none");
    const seen = watched(folder);
    mkdirSync(folder);
    writeFileSync(join(folder, "data"), "x");
    await settled(folder);
    expect(seen.calls).toBe(0);
    seen.end();
  });

  test("outlives its folder", async () => {
    const folder = join(scratchFolder(), "gone");
    mkdirSync(folder);
    const seen = watched(folder);
    writeFileSync(join(folder, "data"), "x");
    rmSync(folder, { recursive: true });
    await settled(scratchFolder());
    seen.end();
  });

  test("takes names of files only", () => {
    const store = new DirectoryStore(scratchFolder());
    expect(() => store.watch("a/b", () => undefined)).toThrow(
      expect.objectContaining({ code: "NTH_INVALID_VALUE" }),
    );
  });
});

describe("what the system says of a folder", () => {
  function fake(): { watcher: () => FakeWatcher; seen: { calls: number }; end: () => void } {
    let watcher: FakeWatcher | undefined;
    system.watch = (_folder, listener) => {
      watcher = new FakeWatcher(listener);
      return watcher;
    };
    const seen = { calls: 0 };
    const end = watchEntry("folder", "data", () => seen.calls++);
    return { watcher: () => watcher as FakeWatcher, seen, end };
  }

  test("without a name may concern the entry", () => {
    const { watcher, seen } = fake();
    watcher().listener("change", null);
    watcher().listener("rename", "data");
    watcher().listener("change", "other");
    expect(seen.calls).toBe(2);
  });

  test("an error ends the watch, and nothing else", () => {
    const { watcher, seen, end } = fake();
    watcher().emit("error", new Error("EPERM: the folder was removed"));
    expect(watcher().closed).toBe(1);
    end();
    expect(seen.calls).toBe(0);
  });

  test("no more watches are to be had: nobody is called, nothing fails", () => {
    system.watch = () => {
      throw Object.assign(new Error("ENOSPC: no watches left"), { code: "ENOSPC" });
    };
    expect(watchEntry("folder", "data", () => undefined)()).toBeUndefined();
  });
});
