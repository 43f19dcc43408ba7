import { isNthrecError } from "@nthrec/core";
import { CommanderError } from "commander";
import { Exit, type ExitCode, exitCodeOf } from "./exit.ts";
import { type Io, PipeClosed } from "./output/io.ts";
import { complain } from "./output/report.ts";
import { type ProgramHooks, programOf } from "./program.ts";

/** Carries out one command line, without the program's own name; answers its exit code. */
export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  let code: ExitCode = Exit.ok;
  let texts: Promise<void> = Promise.resolve();
  const hooks: ProgramHooks = {
    finish: (answer) => {
      code = answer;
    },
    out: (text) => {
      texts = texts.then(() => io.stdout.write(text));
    },
    error: (text) => {
      texts = texts.then(() => io.stderr.write(text));
    },
  };
  try {
    try {
      // A slice from the end is no option; numbers from the end are taken for what they are.
      const own = args.map((each) => (/^-\d+:[-\d:]*$/.test(each) ? ` ${each}` : each));
      await programOf(io, hooks, args[0] ?? "").parseAsync(own, { from: "user" });
    } finally {
      await texts;
    }
  } catch (error) {
    code = await report(error, io);
  }
  return code;
}

async function report(error: unknown, io: Io): Promise<ExitCode> {
  // Whoever read our output has enough: `nthrec cat … | head`.
  if (error instanceof PipeClosed) return Exit.ok;
  if (error instanceof CommanderError) return error.exitCode === 0 ? Exit.ok : Exit.usage;
  // What was under way when it was stopped is of no use to whoever stopped it.
  const stopped = io.signal.aborted && isNthrecError(error, "NTH_ABORTED");
  await complain(io, stopped ? io.signal.reason : error);
  if (io.env["NTHREC_DEBUG"] !== undefined && error instanceof Error) {
    await io.stderr.write(`${error.stack ?? ""}\n`);
  }
  return exitCodeOf(error);
}
