import { NthrecError, type NthrecErrorCode } from "../../errors.ts";

/** What was tried when the file system refused. */
export interface Attempt {
  /** The verb that fits after "could not": `read`, `append to`. */
  readonly action: string;
  /** Path of the file or folder. */
  readonly name: string;
  /** Byte position in the file, where there is one. */
  readonly offset?: number | undefined;
  /** Whether the attempt would have changed something: a refusal then means `NTH_READONLY`. */
  readonly writing?: boolean | undefined;
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "the permissions of the file or its folder do not allow it",
  EBUSY: "another program keeps it busy",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file would be larger than its file system allows",
  EIO: "the device reports an error",
  EISDIR: "it is a folder, not a file",
  ELOOP: "its path has too many symbolic links",
  EMFILE:
    "this process has too many files open: close some readers, or raise its limit (ulimit -n)",
  ENAMETOOLONG: "its name is too long for the file system",
  ENFILE: "this machine has too many files open",
  ENOENT: "it does not exist",
  ENOSPC: "no space is left on the device",
  ENOTDIR: "a part of its path is not a folder",
  EPERM: "the system does not permit it",
  EROFS: "its file system is mounted read-only",
};

/** The `code` of an error that Node's `fs` reports, or `undefined` for any other value. */
export function errnoOf(error: unknown): string | undefined {
  const { code, errno } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  return typeof code === "string" && typeof errno === "number" ? code : undefined;
}

/** The error to throw for `cause`: coded when the file system refused, `cause` itself when the call was wrong. */
export function fsError(cause: unknown, attempt: Attempt): unknown {
  const errno = errnoOf(cause);
  if (errno === undefined) return cause;
  const { action, name, offset } = attempt;
  const place = offset === undefined ? name : `${name} at byte ${offset}`;
  const reason = REASONS[errno] ?? (cause as Error).message;
  return new NthrecError(codeOf(errno, attempt), `could not ${action} ${place}: ${reason}`, {
    source: name,
    offset,
    cause,
  });
}

function codeOf(errno: string, attempt: Attempt): NthrecErrorCode {
  switch (errno) {
    case "ENOENT":
    case "ENOTDIR":
      return "NTH_NOT_FOUND";
    case "EISDIR":
    case "ENAMETOOLONG":
      return "NTH_INVALID_VALUE";
    case "EROFS":
      return "NTH_READONLY";
    case "EACCES":
    case "EPERM":
      return attempt.writing === true ? "NTH_READONLY" : "NTH_IO_ERROR";
    default:
      return "NTH_IO_ERROR";
  }
}
