import { execFileSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  rmSync,
  statfsSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { isNthrecError } from "@nthrec/core";
import { decodeSeal, SealState } from "../../../packages/core/src/journal/seal.ts";
import { type AnyWriter, type KindName, kindOf } from "../formats/kinds.ts";
import { resultOf, run } from "../harness/children.ts";
import { Place } from "../harness/place.ts";
import { refused } from "../harness/refusals.ts";
import type { Context, Scenario } from "../harness/scenario.ts";
import type { AppendResult } from "../programs/append.ts";

/** Size of the disk; of a format whose files are large by nature, times its `bulk`. */
const DISK_KIB = 256;
const BLOCK = 4096;
/** Room that is given back after each time that the disk was full, times `bulk`, and how often. */
const ROOM = 24 * 1024;
const ROUNDS = 5;
/** Appends that are tried while the disk is full: short ones may still fit. */
const MORE = 8;
/** Appends of one round at most. */
const ATTEMPTS = 2000;

/** A disk of 256 KiB: every append is there, or was refused and left everything as it was. */
export const fullDisk: Scenario = {
  name: "full-disk",
  title: "a file system of 256 KiB fills up, and gets room again",
  shortSeconds: 20,
  async run(context) {
    const refusal = await onSmallDisk(context, "a small disk", 1, async () => {});
    if (refusal !== undefined) {
      context.skip(this.title, `no tmpfs could be mounted: ${refusal}`);
      return;
    }
    await context.each(context.kinds, async (name) => {
      const { bulk = 1 } = kindOf(name);
      for (const exclusive of [false, true]) {
        const what = `${name}, ${exclusive ? "exclusive" : "shared"}`;
        await onSmallDisk(context, what, bulk, (folder) =>
          new SmallDisk(context, name, folder, exclusive).run(),
        );
      }
      const what = `${name}, recovery`;
      await onSmallDisk(context, what, bulk, (folder) => recover(context, name, folder));
    });
  },
};

/** Runs a part on a tmpfs of its own; answers why this process may not mount one. */
async function onSmallDisk(
  context: Context,
  what: string,
  bulk: number,
  part: (folder: string) => Promise<void>,
): Promise<string | undefined> {
  const folder = context.folder();
  try {
    const options = ["-t", "tmpfs", "-o", `size=${DISK_KIB * bulk}k`, "tmpfs", folder];
    execFileSync("mount", options, { stdio: "pipe" });
  } catch (error) {
    return String((error as Error).message).trim();
  }
  try {
    await context.attempt(what, () => part(folder));
  } finally {
    execFileSync("umount", ["--lazy", folder]);
  }
  return undefined;
}

/** One writer on a disk that is full again and again. */
class SmallDisk {
  readonly #context: Context;
  readonly #place: Place;
  readonly #exclusive: boolean;
  readonly #ballast: string;
  readonly #what: string;
  readonly #bulk: number;
  readonly #room: number;
  #writer: AnyWriter | undefined;
  #refusals = 0;

  constructor(context: Context, name: KindName, folder: string, exclusive: boolean) {
    this.#context = context;
    this.#place = new Place(context, kindOf(name), folder);
    this.#exclusive = exclusive;
    this.#ballast = join(folder, "ballast");
    this.#what = `${name}, ${exclusive ? "exclusive" : "shared"}, a full disk`;
    this.#bulk = this.#place.kind.bulk ?? 1;
    this.#room = ROOM * this.#bulk;
  }

  async run(): Promise<void> {
    writeBlocks(this.#ballast, (ROUNDS + 1) * this.#room);
    for (let round = ROUNDS; round > 0; round--) {
      await this.#fillUp();
      for (let i = 0; i < MORE; i++)
        await this.#append(this.#context.random.size(16_000 * this.#bulk));
      // A writer goes on; every other time a new one takes over, for which a full disk may have no room.
      if (round % 2 === 0) await this.#reopen();
      truncateSync(this.#ballast, round * this.#room);
      this.#writer ??= this.#place.openSync({ exclusive: this.#exclusive });
      const { verdicts } = this.#context;
      const works = await this.#append(100);
      verdicts.check(works, `${this.#what}: with room again an append was refused`);
    }
    rmSync(this.#ballast);
    await this.#writer?.close();
    this.#context.verdicts.count("refused", this.#refusals);
    await this.#place.judgeAsIs(this.#what);
    await this.#place.judge(`${this.#what}, and one more`);
  }

  async #fillUp(): Promise<void> {
    this.#writer ??= this.#place.openSync({ exclusive: this.#exclusive });
    const { random, verdicts } = this.#context;
    let attempts = 0;
    while (attempts++ < ATTEMPTS && (await this.#append(random.size(8000 * this.#bulk))));
    verdicts.check(attempts < ATTEMPTS, `${this.#what}: the disk never was full`);
  }

  /** Appends a record; whether that worked. If not, nothing may have changed. */
  async #append(size: number): Promise<boolean> {
    const { verdicts } = this.#context;
    const writer = this.#writer as AnyWriter;
    const place = this.#place;
    verdicts.count("appends on a small disk");
    const before = stateOf(place);
    const [number, record] = place.next("w", size);
    try {
      const index = await writer.append(record);
      if (this.#exclusive) await writer.commit();
      place.told("w", number, index);
      return true;
    } catch (error) {
      this.#refusals++;
      verdicts.check(isNthrecError(error, "NTH_IO_ERROR"), `${this.#what}: refused with ${error}`);
      this.#same(before, "a refused append");
      if (this.#exclusive) await this.#giveUp();
      return false;
    } finally {
      this.#look();
    }
  }

  /** What an exclusive writer has gathered goes with it. */
  async #giveUp(): Promise<void> {
    await this.#writer?.abort();
    this.#writer = undefined;
    await this.#reopen();
    // Without room for a lock the next record needs some first.
    for (let size = this.#room / 4; this.#writer === undefined; size += BLOCK) {
      const room = statfsSync(this.#ballast).bsize * statfsSync(this.#ballast).blocks;
      execFileSync("mount", ["-o", `remount,size=${room + size}`, join(this.#ballast, "..")]);
      await this.#reopen();
    }
  }

  /** Closes the writer. One that closing would write something more for may be refused, and has published all the same. */
  async #close(): Promise<void> {
    const writer = this.#writer;
    this.#writer = undefined;
    const before = stateOf(this.#place);
    try {
      await writer?.close();
    } catch (error) {
      const { verdicts } = this.#context;
      const coded = this.#place.kind.unclosed !== undefined && isNthrecError(error, "NTH_IO_ERROR");
      verdicts.check(coded, `${this.#what}: closing was refused with ${error}`);
      verdicts.count("closings refused");
      this.#same(before, "a refused closing");
      await writer?.abort();
    }
  }

  async #reopen(): Promise<void> {
    await this.#close();
    const before = stateOf(this.#place);
    try {
      this.#writer = this.#place.openSync({ exclusive: this.#exclusive });
    } catch (error) {
      const { verdicts } = this.#context;
      const coded = isNthrecError(error, "NTH_IO_ERROR");
      verdicts.check(coded, `${this.#what}: opening was refused with ${error}`);
      verdicts.count("openings refused");
    }
    this.#same(before, "opening");
  }

  #same(before: readonly string[], what: string): void {
    const after = stateOf(this.#place);
    for (const [i, each] of ["the data", "the index", "what the seal says"].entries()) {
      const kept = before[i] === after[i];
      this.#context.verdicts.check(kept, `${this.#what}: ${what} changed ${each}`);
    }
  }

  /** A reader sees what was told, and nothing else. */
  #look(): void {
    const reader = this.#place.read({ onStaleIndex: "throw" });
    const told = this.#place.acks.get("w")?.size ?? 0;
    const sentence = `${this.#what}: a reader sees ${reader.length} records, told were ${told}`;
    this.#context.verdicts.check(reader.length === told, sentence);
    reader.closeSync();
  }
}

/** Data, index, and what the seal says is committed. */
function stateOf({ path, index, seal }: Place): string[] {
  const slot = decodeSeal(readFileSync(seal));
  const committed = { ...slot?.committed, idle: slot?.state === SealState.idle };
  const files = [path, index].map((file) => (existsSync(file) ? readFileSync(file, "latin1") : ""));
  return [...files, JSON.stringify(committed)];
}

/** A writer was killed, and the next one has no room to put the torn end aside: it is refused, and loses nothing. */
async function recover(context: Context, name: KindName, folder: string): Promise<void> {
  const { verdicts } = context;
  const rehearsal = new Place(context, kindOf(name));
  rehearsal.fill("w", 2, 50);
  const task = { writer: "x", batches: [[30], [9000]] };
  const rehearsed = await run("append", rehearsal.task(task));
  const { operations, acknowledged } = resultOf<AppendResult>(rehearsed);
  const [begin] = acknowledged as [number];
  const at = begin + operations.slice(begin).findIndex((each) => /^write data at /.test(each)) + 1;
  const place = new Place(context, kindOf(name), folder);
  place.fill("w", 2, 50);
  const killed = await run("append", place.task({ ...task, kill: { at, phase: "middle" } }));
  verdicts.check(killed.signal === "SIGKILL", `${name}: not killed: ${killed.stderr}`);
  const before = readFileSync(place.path);
  const filler = join(folder, "filler");
  writeBlocks(filler, Number.POSITIVE_INFINITY);
  await refused(verdicts, "NTH_IO_ERROR", `${name}: no room to recover`, () => place.openSync());
  const kept = readFileSync(place.path).subarray(0, before.length).equals(before);
  verdicts.check(kept, `${name}: a recovery without room changed the data`);
  const reader = place.read({ onStaleIndex: "memory" });
  verdicts.check(reader.length === 3, `${name}: without room a reader sees ${reader.length} of 3`);
  reader.closeSync();
  rmSync(filler);
  verdicts.count("recoveries without room");
  await place.judge(`${name}: room again`);
}

/** Takes up room: so much, or all there is. */
function writeBlocks(path: string, bytes: number): void {
  const fd = openSync(path, "w");
  const block = new Uint8Array(BLOCK);
  for (let at = 0; at < bytes && statfsSync(path).bfree > 0; at += BLOCK) {
    writeSync(fd, block, 0, BLOCK, at);
  }
  closeSync(fd);
}
