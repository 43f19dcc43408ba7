import { createRequire } from "node:module";
import { Command } from "commander";
import type { Add } from "./command-line.ts";
import { finding } from "./commands/finding.ts";
import { forDali } from "./commands/for-dali.ts";
import { helping } from "./commands/helping.ts";
import { keeping } from "./commands/keeping.ts";
import { reading } from "./commands/reading.ts";
import { rewriting } from "./commands/rewriting.ts";
import type { ExitCode } from "./exit.ts";
import type { Io } from "./output/io.ts";

/** Where a program's texts and answers go. */
export interface ProgramHooks {
  finish(code: ExitCode): void;
  out(text: string): void;
  error(text: string): void;
}

/** The command line as a whole. */
export function programOf(io: Io, hooks: ProgramHooks): Command {
  const output = { writeOut: hooks.out, writeErr: hooks.error };
  const program = new Command("nthrec")
    .description("The n-th record of any record file")
    .version(version(), "-V, --version", "print the version")
    .exitOverride()
    .configureOutput(output)
    .showHelpAfterError("(nthrec <command> --help says more)")
    .addHelpText("after", CODES);
  const addTo =
    (parent: Command): Add =>
    (name, summary, load) => {
      const command = parent.command(name).description(summary).exitOverride();
      command.configureOutput(output);
      command.action(async (...all: unknown[]) => {
        // Arguments, then options, then the command itself.
        const args = all
          .slice(0, -2)
          .flat()
          .filter((each) => each !== undefined) as string[];
        const work = await load();
        hooks.finish(await work(io, args, all.at(-2) as never));
      });
      return command;
    };
  const group = (name: string, summary: string): Add => {
    const parent = program.command(name).description(summary).exitOverride();
    return addTo(parent.configureOutput(output));
  };
  reading(addTo(program));
  keeping(addTo(program));
  rewriting(addTo(program));
  finding(group("keys", "records by key: an index of a field beside the data"));
  forDali(group("dali", "the index that NVIDIA DALI reads TFRecord files by"));
  helping(addTo(program), program);
  return program;
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
