import { describe, expect, test } from "vitest";
import { errnoOf, fsError } from "../../src/platform/node/fs-error.ts";

function refusal(code: string): Error {
  return Object.assign(new Error(`${code}: in the system's words`), { code, errno: -1 });
}

describe("fsError", () => {
  test.each([
    ["ENOENT", false, "NTH_NOT_FOUND", "it does not exist"],
    ["ENOTDIR", true, "NTH_NOT_FOUND", "not a folder"],
    ["EISDIR", true, "NTH_INVALID_VALUE", "it is a folder"],
    ["ENAMETOOLONG", true, "NTH_INVALID_VALUE", "too long"],
    ["EROFS", true, "NTH_READONLY", "mounted read-only"],
    ["EACCES", true, "NTH_READONLY", "permissions"],
    ["EACCES", false, "NTH_IO_ERROR", "permissions"],
    ["EPERM", true, "NTH_READONLY", "does not permit"],
    ["ENOSPC", true, "NTH_IO_ERROR", "no space is left"],
    ["EMFILE", false, "NTH_IO_ERROR", "ulimit -n"],
    ["EXDEV", true, "NTH_IO_ERROR", "EXDEV: in the system's words"],
  ])("%s (writing: %s) is %s: %s", (errno, writing, code, words) => {
    const cause = refusal(errno);
    const error = fsError(cause, { action: "open", name: "/a/b", writing });
    expect(error).toMatchObject({ code, source: "/a/b", offset: undefined, cause });
    expect((error as Error).message).toMatch(/^could not open \/a\/b: /);
    expect((error as Error).message).toContain(words);
  });

  test("names the place", () => {
    const error = fsError(refusal("EIO"), { action: "read", name: "a", offset: 12 });
    expect((error as Error).message).toBe(
      "could not read a at byte 12: the device reports an error",
    );
  });

  test("what the file system did not say stays as it is", () => {
    for (const cause of [new TypeError("x"), undefined, null, 1, { code: "X" }]) {
      expect(fsError(cause, { action: "read", name: "a" })).toBe(cause);
      expect(errnoOf(cause)).toBeUndefined();
    }
  });
});
