/** Which dot of a file's name ends its stem. */
export type StemRule = "last" | "first";

/** What a member's name says: which record it is a part of, and which part. */
export interface MemberName {
  /** The name without its extension, with its folders. */
  readonly stem: string;
  /** Without the dot. */
  readonly extension: string;
}

/**
 * Takes a member's name apart; `undefined` if it has no extension. Empty folders and `.` in it do not count.
 *
 * @param rule `"last"`: `a.seg.png` is the part `png` of `a.seg`; `"first"`: the part `seg.png` of `a`, as WebDataset has it
 */
export function splitName(name: string, rule: StemRule): MemberName | undefined {
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  const base = parts.pop() ?? "";
  const dot = rule === "last" ? base.lastIndexOf(".") : base.indexOf(".", 1);
  if (dot < 1 || dot === base.length - 1) return undefined;
  const root = name.startsWith("/") ? "/" : "";
  const stem = root + [...parts, base.slice(0, dot)].join("/");
  return { stem, extension: base.slice(dot + 1) };
}
