import { execFileSync } from "node:child_process";
import { closeSync, openSync, readFileSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import { isNthrecError } from "@nthrec/core";
import { type AnyWriter, type KindName, kindNames, kindOf } from "../formats/kinds.ts";
import { resultOf, run } from "../harness/children.ts";
import { Place } from "../harness/place.ts";
import { refused } from "../harness/refusals.ts";
import type { Context, Scenario } from "../harness/scenario.ts";
import type { AppendResult } from "../programs/append.ts";

const DISK = "256k";
const ATTEMPTS = 300;
const BLOCK = 4096;

/** A disk of 256 KiB: every append is there, or was refused and left everything as it was. */
export const fullDisk: Scenario = {
  name: "full-disk",
  title: "a file system of 256 KiB fills up",
  async run(context) {
    for (const name of kindNames) {
      for (const mode of ["shared", "exclusive"] as const) {
        await onSmallDisk(context, `${name}, ${mode}`, (folder) =>
          fillUp(context, new Place(context, kindOf(name), folder), mode === "exclusive"),
        );
      }
      await onSmallDisk(context, `${name}, recovery`, (folder) => recover(context, name, folder));
    }
  },
};

/** Runs a part on a tmpfs of its own, where this process may mount one. */
async function onSmallDisk(
  context: Context,
  what: string,
  part: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = context.folder();
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${DISK}`, "tmpfs", folder], {
      stdio: "pipe",
    });
  } catch (error) {
    context.skip(what, `no tmpfs could be mounted: ${String((error as Error).message).trim()}`);
    return;
  }
  try {
    await context.attempt(what, () => part(folder));
  } finally {
    execFileSync("umount", ["--lazy", folder]);
  }
}

async function fillUp(context: Context, place: Place, exclusive: boolean): Promise<void> {
  const { verdicts, random } = context;
  let writer = place.openSync({ exclusive });
  let refusals = 0;
  for (let i = 0; i < ATTEMPTS; i++) {
    if (i % 40 === 39) {
      await writer.close();
      // Even the lock needs a little room when it is taken anew.
      writer = await openSomehow(context, place, exclusive);
    }
    const before = contents(place);
    const size = random.size(16_000);
    try {
      await append(place, writer, size, exclusive);
    } catch (error) {
      refusals++;
      verdicts.check(isNthrecError(error, "NTH_IO_ERROR"), `${place.path}: refused with ${error}`);
      const kept = contents(place).every((bytes, at) => bytes.equals(before[at] as Buffer));
      verdicts.check(kept || exclusive, `${place.path}: a refused append changed the files`);
      if (exclusive) {
        await writer.abort();
        writer = await openSomehow(context, place, exclusive);
      }
    }
    const reader = place.read({ onStaleIndex: "throw" });
    const told = place.acks.get("w")?.size ?? 0;
    verdicts.check(reader.length === told, `${place.path}: ${reader.length} records, told ${told}`);
    reader.closeSync();
  }
  await writer.close();
  verdicts.count("appends on a small disk", ATTEMPTS);
  verdicts.count("refused", refusals);
  verdicts.check(refusals > 10, `${place.path}: the disk never was full`);
  await place.judgeAsIs(`${place.kind.name}: a full disk`);
}

async function append(
  place: Place,
  writer: AnyWriter,
  size: number,
  exclusive: boolean,
): Promise<void> {
  const [number, record] = place.next("w", size);
  const index = await writer.append(record);
  if (exclusive) await writer.commit();
  place.told("w", number, index);
}

/** Opens a writer; what it may need is freed and taken again. */
async function openSomehow(context: Context, place: Place, exclusive: boolean): Promise<AnyWriter> {
  try {
    return place.openSync({ exclusive });
  } catch (error) {
    context.verdicts.check(isNthrecError(error, "NTH_IO_ERROR"), `${place.path}: open: ${error}`);
    execFileSync("mount", ["-o", "remount,size=512k", join(place.path, "..", "..")]);
    return place.openSync({ exclusive });
  }
}

/** Data and index, to see whether anything changed. */
function contents(place: Place): Buffer[] {
  return ["", ".idx"].map((suffix) => readFileSync(place.path + suffix));
}

/** A writer was killed, and the next one has no room to put the torn end aside: it is refused, and loses nothing. */
async function recover(context: Context, name: KindName, folder: string): Promise<void> {
  const { verdicts } = context;
  const rehearsal = new Place(context, kindOf(name));
  rehearsal.fill("w", 2, 50);
  const task = { writer: "x", batches: [[30], [9000]] };
  const { operations } = resultOf<AppendResult>(await run("append", rehearsal.task(task)));
  const at = operations.findIndex((each) => /^write data at .*\(9\d{3} bytes\)$/.test(each)) + 1;
  const place = new Place(context, kindOf(name), folder);
  place.fill("w", 2, 50);
  const killed = await run("append", place.task({ ...task, kill: { at, phase: "middle" } }));
  verdicts.check(killed.signal === "SIGKILL", `${name}: not killed: ${killed.stderr}`);
  const before = readFileSync(place.path);
  const filler = join(folder, "filler");
  fill(filler, folder);
  await refused(verdicts, "NTH_IO_ERROR", `${name}: no room to recover`, () => place.openSync());
  const kept = readFileSync(place.path).subarray(0, before.length).equals(before);
  verdicts.check(kept, `${name}: a recovery without room changed the data`);
  rmSync(filler);
  verdicts.count("recoveries without room");
  await place.judge(`${name}: room again`);
}

/** Takes all room that is left. */
function fill(filler: string, folder: string): void {
  const fd = openSync(filler, "w");
  const block = new Uint8Array(BLOCK);
  for (let at = 0; statfsSync(folder).bfree > 0; at += BLOCK) writeSync(fd, block, 0, BLOCK, at);
  closeSync(fd);
}
