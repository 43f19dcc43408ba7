import { stat } from "node:fs/promises";
import { type Loss, MemoryStore, type RepairReport } from "@nthrec/core";
import { Exit, type ExitCode, UsageError } from "../exit.ts";
import { type InputOptions, locate } from "../input/open-input.ts";
import type { Io } from "../output/io.ts";
import { Progress } from "../output/progress.ts";
import { counted, fromHere } from "../output/report.ts";

type RepairCommandOptions = Pick<InputOptions, "type" | "plugin" | "progress"> & {
  readonly inPlace?: boolean;
  readonly keepUndecodable?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
};

/** `nthrec repair`: keeps every whole record of a damaged file, in a new one or in its place. */
export async function repair(
  io: Io,
  [path = "", target]: readonly string[],
  options: RepairCommandOptions,
): Promise<ExitCode> {
  if (options.dryRun !== true && (target === undefined) !== (options.inPlace === true)) {
    throw new UsageError("name the new file, or say --in-place, or --dry-run");
  }
  if (target !== undefined && (await stat(target).catch(() => undefined)) !== undefined) {
    throw new UsageError(`${target} exists: a repair overwrites nothing`);
  }
  await using located = await locate(io, [path], options);
  const [location = ""] = located.locations;
  const { Writer } = located.loaded;
  if (Writer === undefined) {
    throw new UsageError(
      `${located.format.name} files cannot be written, so that none can be repaired`,
    );
  }
  const meter = new Progress(io, options.progress ?? "auto", "repairing");
  const place = options.dryRun
    ? { to: { store: new MemoryStore(), name: "dry run" } }
    : options.inPlace
      ? { inPlace: true }
      : { to: target };
  try {
    const report = await Writer.repair(location, {
      ...place,
      undecodable: options.keepUndecodable ? "keep" : "drop",
      signal: io.signal,
      onProgress: meter.listener,
    });
    meter.done();
    await print(io, report, options);
    return report.lostPlaces === 0 ? Exit.ok : Exit.damage;
  } finally {
    meter.done();
  }
}

async function print(
  io: Io,
  report: RepairReport,
  { json, dryRun }: RepairCommandOptions,
): Promise<void> {
  if (json) {
    // A dry run has no target, but the memory that it counts in.
    const said = dryRun ? { ...report, target: undefined } : report;
    await io.stdout.write(`${JSON.stringify(said)}\n`);
    return;
  }
  for (const loss of report.losses) await io.stdout.write(lossText(loss));
  const { kept, lostBytes, lostPlaces, target, backup } = report;
  const where = dryRun ? "would be kept" : `kept in ${fromHere(target)}`;
  await io.stdout.write(
    `${counted(kept, "record")} ${where}, ${counted(lostBytes, "byte")} lost in ${counted(lostPlaces, "place")}\n`,
  );
  if (backup !== undefined) await io.stdout.write(`the damaged file is now ${backup}\n`);
}

function lossText({ start, end, reason }: Loss): string {
  return `bytes ${start} to ${end}: ${reason}\n`;
}
