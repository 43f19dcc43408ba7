import { Argument, type Command } from "commander";
import type { Add } from "../command-line.ts";

/** Adds the commands about the command line itself, which they are given. */
export function helping(add: Add, program: Command): void {
  add("completion", {
    summary: "a script that completes commands and options in a shell",
    load: async () => {
      const { printCompletion } = await import("./completion.ts");
      return (io, [shell = ""]) => printCompletion(io, program, shell);
    },
    declare: (command) =>
      command.addArgument(new Argument("<shell>").choices(["bash", "zsh", "fish"])),
  });
}
