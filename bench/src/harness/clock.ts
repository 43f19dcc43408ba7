/** What is measured: time as it passes, or the time that processors worked for this process. */
export type ClockKind = "wall" | "cpu";

let kind: ClockKind = "wall";

/** Chooses the clock of this process. On a busy machine the time that processors worked says more. */
export function useClock(chosen: ClockKind): void {
  kind = chosen;
}

/** The clock of this process. */
export function clockKind(): ClockKind {
  return kind;
}

/** A reading of the clock, ns. */
function now(): number {
  if (kind === "wall") return performance.now() * 1e6;
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

/** Nanoseconds per record of doing `job` with `records` records. */
export function nsPerRecord(records: number, job: () => void): number {
  const start = now();
  job();
  return (now() - start) / records;
}

/** {@link nsPerRecord} of a job that waits. */
export async function nsPerRecordAsync(records: number, job: () => Promise<void>): Promise<number> {
  const start = now();
  await job();
  return (now() - start) / records;
}

/** {@link nsPerRecordAsync} by the time that passes, whatever the clock: what several threads are for. */
export async function passedPerRecord(records: number, job: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await job();
  return ((performance.now() - start) * 1e6) / records;
}
