// What the Python originals were asked in a test goes into the test's own report, from where `npm run interop` sums it up.
import type { TestContext } from "vitest";

/** A program that ran to its end without an error. */
export interface ProgramRun {
  /** Name of its virtual environment. */
  readonly environment: string;
  /** The modules that it imports itself, or its own name. */
  readonly uses: readonly string[];
}

declare module "vitest" {
  interface TaskMeta {
    programs?: ProgramRun[];
    /** Why an original was not asked. */
    leftOut?: string;
  }
}

let current: TestContext | undefined;
/** What ran outside of tests, which all tests of the file rest on. */
const shared: ProgramRun[] = [];

/** Says that a test begins. */
export function beginTest(context: TestContext): void {
  current = context;
  context.task.meta.programs = [...shared];
}

/** Says that the test has ended. */
export function endTest(): void {
  current = undefined;
}

/** Notes that a program ran. */
export function noteProgram(run: ProgramRun): void {
  (current?.task.meta.programs ?? shared).push(run);
}

/**
 * Skips the test that runs, visibly.
 *
 * @throws {@link Error} what vitest takes for a skipped test; the reason where no test runs
 */
export function leaveOut(reason: string): never {
  if (current === undefined) throw new Error(reason);
  current.task.meta.leftOut = reason;
  return current.skip(reason);
}

/** The modules that a Python program imports by name. */
export function importsOf(program: string): string[] {
  const found = program.matchAll(/^\s*(?:from\s+([\w.]+)\s+import\b|import\s+(.+)$)/gm);
  const names = [...found].flatMap(([, from, list]) =>
    from === undefined ? (list ?? "").split(",").map((each) => each.trim().split(/\s/)[0]) : [from],
  );
  return [
    ...new Set(names.filter((name) => name !== undefined && /^[\w.]+$/.test(name))),
  ] as string[];
}
