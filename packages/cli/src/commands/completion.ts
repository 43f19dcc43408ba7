import type { Command } from "commander";
import { Exit, type ExitCode } from "../exit.ts";
import type { Io } from "../output/io.ts";

/** What a shell can complete behind some words. */
interface Place {
  /** The commands that lead there. */
  readonly words: readonly string[];
  readonly commands: readonly { readonly name: string; readonly summary: string }[];
  readonly options: readonly {
    readonly flags: readonly string[];
    readonly summary: string;
    readonly choices: readonly string[];
  }[];
}

/** `nthrec completion`: a script for a shell, made from the commands as they are. */
export async function printCompletion(io: Io, program: Command, shell: string): Promise<ExitCode> {
  await io.stdout.write(scripts[shell as keyof typeof scripts](placesOf(program, [])));
  return Exit.ok;
}

function placesOf(command: Command, words: readonly string[]): Place[] {
  const options = command.options.map((option) => ({
    flags: [option.short, option.long].filter((flag) => flag !== undefined && flag !== null),
    summary: option.description,
    choices: option.argChoices ?? [],
  }));
  const commands = command.commands.map((each) => ({
    name: each.name(),
    summary: each.description(),
  }));
  const inner = command.commands.flatMap((each) => placesOf(each, [...words, each.name()]));
  return [{ words, commands, options }, ...inner];
}

const scripts = { bash, zsh, fish };

/** The words that can come behind others, for a `case` of a shell. */
function cases(places: readonly Place[], line: (words: string) => string): string {
  return places
    .map(({ words, commands, options }) => {
      const all = [...commands.map(({ name }) => name), ...options.flatMap(({ flags }) => flags)];
      return `    "${words.join(" ")}") ${line(all.join(" "))} ;;`;
    })
    .join("\n");
}

/** The options that take one of a few words. */
function choiceCases(places: readonly Place[], line: (words: string) => string): string {
  const known = new Map<string, string>();
  for (const { options } of places) {
    for (const { flags, choices } of options) {
      if (choices.length > 0) for (const flag of flags) known.set(flag, choices.join(" "));
    }
  }
  return [...known].map(([flag, words]) => `    ${flag}) ${line(words)} ;;`).join("\n");
}

/** The names of groups, behind which another command comes. */
function groups(places: readonly Place[]): string {
  return places
    .filter(({ words, commands }) => words.length > 0 && commands.length > 0)
    .map(({ words }) => words.join(" "))
    .join("|");
}

function bash(places: readonly Place[]): string {
  const reply = (words: string): string => `words="${words}"`;
  return `# nthrec completion bash > /etc/bash_completion.d/nthrec
_nthrec() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}" words="" path=""
  if ((COMP_CWORD > 1)); then
    path="\${COMP_WORDS[1]}"
    case "$path" in ${groups(places)}) ((COMP_CWORD > 2)) && path+=" \${COMP_WORDS[2]}" ;; esac
  fi
  case "$path" in
${cases(places, reply)}
  esac
  case "$previous" in
${choiceCases(places, reply)}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _nthrec nthrec
`;
}

function zsh(places: readonly Place[]): string {
  const reply = (words: string): string => `candidates=(${words})`;
  return `#compdef nthrec
# nthrec completion zsh > "\${fpath[1]}/_nthrec"
_nthrec() {
  local -a candidates
  local at=""
  if ((CURRENT > 2)); then
    at="\${words[2]}"
    case "$at" in ${groups(places)}) ((CURRENT > 3)) && at+=" \${words[3]}" ;; esac
  fi
  case "$at" in
${cases(places, reply)}
  esac
  case "\${words[CURRENT - 1]}" in
${choiceCases(places, reply)}
  esac
  compadd -- $candidates
  _files
}
compdef _nthrec nthrec
`;
}

function fish(places: readonly Place[]): string {
  const quoted = (text: string): string => `'${text.replace(/[\\']/g, "\\$&")}'`;
  const lines = places.flatMap(({ words, commands, options }) => {
    const names = commands.map(({ name }) => name).join(" ");
    const seen = words.map((word) => `__fish_seen_subcommand_from ${word}`).join("; and ");
    const first =
      words.length === 0
        ? "__fish_use_subcommand"
        : `${seen}; and not __fish_seen_subcommand_from ${names}`;
    return [
      ...commands.map(
        ({ name, summary }) =>
          `complete -c nthrec -f -n ${quoted(first)} -a ${name} -d ${quoted(summary)}`,
      ),
      ...options.map(({ flags, summary, choices }) => {
        const named = flags.map((flag) =>
          flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
        );
        const taken = choices.length > 0 ? ` -x -a ${quoted(choices.join(" "))}` : "";
        const where = words.length === 0 ? first : seen;
        return `complete -c nthrec -n ${quoted(where)} ${named.join(" ")} -d ${quoted(summary)}${taken}`;
      }),
    ];
  });
  return `# nthrec completion fish > ~/.config/fish/completions/nthrec.fish\n${lines.join("\n")}\n`;
}
