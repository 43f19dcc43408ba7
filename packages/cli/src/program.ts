import { createRequire } from "node:module";
import { Command, CommanderError } from "commander";
import type { Add } from "./command-line.ts";
import { finding } from "./commands/finding.ts";
import { forDali } from "./commands/for-dali.ts";
import { helping } from "./commands/helping.ts";
import { keeping } from "./commands/keeping.ts";
import { reading } from "./commands/reading.ts";
import { rewriting } from "./commands/rewriting.ts";
import { Exit, type ExitCode } from "./exit.ts";
import type { Io } from "./output/io.ts";

/** Where a program's texts and answers go. */
export interface ProgramHooks {
  finish(code: ExitCode): void;
  out(text: string): void;
  error(text: string): void;
}

/**
 * The command line: the one command that `wanted` names, which is all that a run needs, or, where it names none, all of them.
 */
export function programOf(io: Io, hooks: ProgramHooks, wanted?: string): Command {
  const output = { writeOut: hooks.out, writeErr: hooks.error };
  const program = new Command("nthrec")
    .description("The n-th record of any record file")
    .option("-V, --version", "print the version")
    .on("option:version", () => {
      hooks.out(`${version()}\n`);
      throw new CommanderError(Exit.ok, "commander.version", "the version was printed");
    })
    .exitOverride()
    .configureOutput(output)
    .showHelpAfterError("(nthrec <command> --help says more)")
    .addHelpText("after", CODES);
  const addTo =
    (parent: Command): Add =>
    (name, { summary, load, declare }) => {
      if (parent === program && wanted !== undefined && name !== wanted) return;
      const command = parent.command(name).description(summary).exitOverride();
      command.configureOutput(output);
      declare(command);
      command.action(async (...all: unknown[]) => {
        // Arguments, then options, then the command itself.
        const args = all
          .slice(0, -2)
          .flat()
          .filter((each) => each !== undefined) as string[];
        const work = await load();
        hooks.finish(await work(io, args, all.at(-2) as never));
      });
    };
  const group = (name: string, summary: string, addAll: (add: Add) => void): void => {
    if (wanted !== undefined && name !== wanted) return;
    const parent = program.command(name).description(summary).exitOverride();
    addAll(addTo(parent.configureOutput(output)));
  };
  const add = addTo(program);
  reading(add);
  keeping(add);
  rewriting(add);
  group("keys", "records by key: an index of a field beside the data", finding);
  group("dali", "the index that NVIDIA DALI reads TFRecord files by", forDali);
  // What helps with all commands must know them all.
  if (wanted === undefined) helping(add, program);
  return program.commands.length === 0 ? programOf(io, hooks) : program;
}

const CODES = `
Exit codes:
  0  done
  1  it could not be done
  2  the command line is wrong
  3  done, but data are damaged or were lost
  4  an index is missing, stale or not sound`;

function version(): string {
  // By the package's own name: the published program lies deeper than this file.
  const manifest: { readonly version: string } = createRequire(import.meta.url)(
    "nthrec/package.json",
  );
  return manifest.version;
}
