import { statfsSync } from "node:fs";
import { NthrecError } from "../../errors.ts";
import type { Census } from "./census.ts";
import type { LockHolder } from "./lock-holder.ts";

/** Whether the holder of a lock lives, or why that cannot be told from here. */
export type Verdict = "alive" | "dead" | "another machine" | "another PID namespace";

/** File systems that one running kernel has to itself: ext2 to ext4, xfs, btrfs, f2fs, zfs, bcachefs, overlay, tmpfs. */
const LOCAL_TYPES: ReadonlySet<number> = new Set([
  0xef53, 0x58465342, 0x9123683e, 0xf2f52010, 0x2fc12fc1, 0xca451a4e, 0x794c7630, 0x01021994,
]);

/**
 * Judges the holder of a lock.
 *
 * @param isLocal Whether the lock lies on a file system that no other machine can use at the same time
 */
export function judge(holder: LockHolder, census: Census, isLocal: () => boolean): Verdict {
  const { self } = census;
  if (self.boot === undefined || holder.boot === undefined) {
    if (holder.machine !== self.machine && !isLocal()) return "another machine";
  } else if (holder.boot !== self.boot) {
    // The kernel that ran the holder has ended, if it ran here or nobody else can have this file system.
    return holder.machine === self.machine || isLocal() ? "dead" : "another machine";
  }
  if (holder.space !== self.space) return "another PID namespace";
  return census.lives(holder) ? "alive" : "dead";
}

/** Whether `path` lies on a file system that no other machine can use at the same time; when in doubt, no. */
export function isLocalFileSystem(path: string): boolean {
  try {
    return process.platform === "linux" && LOCAL_TYPES.has(statfsSync(path).type);
  } catch {
    // The folder is gone, or the system does not tell.
    return false;
  }
}

/** The refusal of a lock whose holder cannot be judged. */
export function strangerError(
  name: string,
  verdict: Verdict,
  holder: LockHolder | undefined,
): NthrecError {
  const hint =
    verdict === "another PID namespace"
      ? "another container, or one without a /proc of its own; "
      : "";
  return new NthrecError(
    "NTH_LOCKED",
    `${name} is held by process ${holder?.pid} of ${verdict} (${hint}${holder?.machine}), and whether that process ` +
      `lives cannot be seen from here: wait until it has ended, or, when you know that it has, remove the folder ${name}`,
    { source: name },
  );
}
