/** Whether a name holds wild cards. */
export function isGlob(name: string): boolean {
  return /[*?[]/.test(name);
}

/**
 * A test for the names that a pattern means, as a shell reads it: `*`, `?`, `[abc]`, `[a-z]`, `[!a]`. A leading dot is
 * matched by a dot only.
 */
export function globTest(pattern: string): (name: string) => boolean {
  let source = "";
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at] as string;
    if (char === "*") {
      // Several stars mean one; written out they would make a failing match slow.
      if (pattern[at + 1] !== "*") source += "[^]*";
    } else if (char === "?") source += "[^]";
    else {
      const set = char === "[" ? charSet(pattern, at) : undefined;
      source += set?.source ?? literally(char);
      at = set?.end ?? at;
    }
  }
  const test = new RegExp(`^${source}$`, "u");
  const dots = pattern.startsWith(".");
  return (name) => (dots || !name.startsWith(".")) && test.test(name);
}

/** The set that begins at a bracket, and where it ends; a bracket that is never closed is a bracket. */
function charSet(
  pattern: string,
  at: number,
): { readonly source: string; readonly end: number } | undefined {
  const not = pattern[at + 1] === "!" || pattern[at + 1] === "^";
  const from = at + (not ? 2 : 1);
  // A closing bracket in first place is a member of the set.
  const end = pattern.indexOf("]", from + 1);
  if (end === -1) return undefined;
  const members = pattern
    .slice(from, end)
    .replace(/[\\\][^]/g, "\\$&")
    // A dash between two characters is a range only when these are in order.
    .replace(/(.)-(.)/gu, (range, low: string, high: string) =>
      low <= high ? range : `${low}\\-${high}`,
    )
    .replace(/^-|-$/g, "\\-");
  return { source: `[${not ? "^" : ""}${members}]`, end };
}

function literally(char: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char;
}
