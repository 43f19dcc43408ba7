import { outputOf } from "./output/io.ts";
import { run } from "./run.ts";

/** Carries out the command line of this process, and sets its exit code. */
export async function start(): Promise<void> {
  const stop = new AbortController();
  let stopped: NodeJS.Signals | undefined;
  /** The first signal asks for an orderly end, the second one does not ask. */
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopped !== undefined) process.exit(signal === "SIGINT" ? 130 : 143);
    stopped = signal;
    stop.abort(new Error(`stopped by ${signal}`));
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);

  process.exitCode = await run(process.argv.slice(2), {
    get stdin() {
      return process.stdin;
    },
    stdout: outputOf(() => process.stdout),
    stderr: outputOf(() => process.stderr),
    env: process.env,
    signal: stop.signal,
  });
  process.off("SIGINT", onSignal);
  process.off("SIGTERM", onSignal);
  // Whoever called sees what ended the program, as if it had not been caught.
  if (stopped !== undefined) process.kill(process.pid, stopped);
}
