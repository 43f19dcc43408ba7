import type { VerifyLevel, VerifyReport } from "@nthrec/core";
import { Exit, type ExitCode } from "../exit.ts";
import { type Input, type InputOptions, openInput } from "../input/open-input.ts";
import type { Io } from "../output/io.ts";
import { counted, fromHere, grouped } from "../output/report.ts";

type VerifyCommandOptions = InputOptions & {
  readonly level: VerifyLevel;
  readonly json?: boolean;
};

/** What one file was found to be. */
interface Verdict {
  readonly name: string;
  readonly report: VerifyReport;
}

/** `nthrec verify`: whether data and index are sound. Nothing is changed. */
export async function verify(
  io: Io,
  paths: readonly string[],
  options: VerifyCommandOptions,
): Promise<ExitCode> {
  // The index as it is: a sound one must not be made first. Torn ends are reported, not refused.
  const readerOptions = { onStaleIndex: "memory", tail: "ignore" } as const;
  await using input = await openInput(io, paths, options, readerOptions);
  let code: ExitCode = Exit.ok;
  for await (const verdict of verdicts(io, input, options)) {
    const own = codeOf(verdict.report);
    // Damage says more than an index that can be made anew.
    if (own === Exit.damage || code === Exit.ok) code = own;
    await print(io, verdict, options.json === true);
  }
  return code;
}

async function* verdicts(
  { signal }: Io,
  { name, reader, single }: Input,
  { level }: VerifyCommandOptions,
): AsyncGenerator<Verdict> {
  if (single !== undefined) {
    yield { name, report: await single.verify({ level, signal }) };
    return;
  }
  if (!("shards" in reader)) return;
  for (const [i, shard] of reader.shards.entries()) {
    yield { name: shard.name, report: await reader.use(i, (own) => own.verify({ level, signal })) };
  }
}

function codeOf({ ok, problems, indexState }: VerifyReport): ExitCode {
  const ofIndex = problems.every(({ code }) => code.startsWith("NTH_INDEX"));
  if (!ok) return ofIndex ? Exit.index : Exit.damage;
  return indexState === undefined || indexState === "valid" ? Exit.ok : Exit.index;
}

async function print(io: Io, { name, report }: Verdict, json: boolean): Promise<void> {
  if (json) {
    await io.stdout.write(`${JSON.stringify({ name, ...report })}\n`);
    return;
  }
  const { ok, records, checked, problems, problemCount, indexState } = report;
  for (const { code, message } of problems) await io.stdout.write(`${code} ${fromHere(message)}\n`);
  const unlisted = problemCount - problems.length;
  if (unlisted > 0) await io.stdout.write(`and ${grouped(unlisted)} more\n`);
  const verdict = ok ? "sound" : counted(problemCount, "problem");
  const index = indexState === undefined || indexState === "valid" ? "" : `, index ${indexState}`;
  await io.stdout.write(
    `${name}: ${verdict}, ${grouped(checked)} of ${counted(records, "record")} read${index}\n`,
  );
}
