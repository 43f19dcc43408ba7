import { createRequire } from "node:module";
import { isAbsolute } from "node:path";
import { NthrecError } from "../../errors.ts";

/** What is used of the package. */
export interface KernelAddon {
  /** Takes a lock on a range of an open file unless another open file has one there; `false` then. */
  tryLock(fd: number, offset: number, length: number): boolean;
  unlock(fd: number, offset: number, length: number): void;
}

const PACKAGE = "fs-native-extensions";
let loaded: KernelAddon | undefined;

/**
 * The addon that makes kernel locks. Nobody has to install it, so it is looked for when it is needed: from here, and
 * from the program that runs.
 *
 * @throws {@link NthrecError} `NTH_NOT_SUPPORTED` when it is not there or does not run on this system
 */
export function kernelAddon(): KernelAddon {
  loaded ??= loadAddon(PACKAGE, [import.meta.url, process.argv[1]]);
  return loaded;
}

/** Loads `name` as the modules at `places` would, the first that has it. */
export function loadAddon(name: string, places: readonly (string | undefined)[]): KernelAddon {
  for (const place of places) {
    const require = place === undefined ? undefined : requireFrom(place);
    const path = require && resolved(require, name);
    if (require === undefined || path === undefined) continue;
    try {
      return require(path);
    } catch (cause) {
      throw new NthrecError(
        "NTH_NOT_SUPPORTED",
        `the package ${name}, which the kernel lock needs, does not load on ${process.platform}-${process.arch}: ` +
          'install a version that does, or let all writers use lock: "generation"',
        { cause },
      );
    }
  }
  throw new NthrecError(
    "NTH_NOT_SUPPORTED",
    `the kernel lock needs the package ${name}: install it (npm install ${name}), ` +
      'or let all writers use lock: "generation"',
  );
}

function requireFrom(place: string): NodeJS.Require | undefined {
  // A program need not be a file: `[worker eval]`.
  return place.startsWith("file:") || isAbsolute(place) ? createRequire(place) : undefined;
}

function resolved(require: NodeJS.Require, name: string): string | undefined {
  try {
    return require.resolve(name);
  } catch {
    return undefined;
  }
}
