/** Whether a process, or on Linux a thread, of this number exists in this PID namespace. */
export function isRunning(task: number): boolean {
  try {
    process.kill(task, 0);
    return true;
  } catch (error) {
    // EPERM: another user's.
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** What a program prints, trimmed; `undefined` where there is no such program or it fails. */
export function outputOf(program: string, args: readonly string[]): string | undefined {
  // Only systems without /proc come here, and loading it takes longer than anything else in this room.
  const { execFileSync } = process.getBuiltinModule("node:child_process");
  try {
    const text = execFileSync(program, args, {
      encoding: "utf8",
      env: { ...process.env, LC_ALL: "C", TZ: "UTC0" },
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 5000,
      windowsHide: true,
    }).trim();
    return text === "" ? undefined : text;
  } catch {
    // A system without it: what is not known makes the judge careful.
    return undefined;
  }
}
