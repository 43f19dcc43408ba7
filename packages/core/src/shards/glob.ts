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
  const members = membersOf([...pattern.slice(from, end)]);
  return { source: `[${not ? "^" : ""}${members}]`, end };
}

/** What stands in a set: characters and ranges, all of them by number, so that none means anything else. */
function membersOf(chars: readonly string[]): string {
  let source = "";
  for (let at = 0; at < chars.length; at++) {
    const [low = "", dash, high] = chars.slice(at, at + 3);
    // A dash between two characters is a range only when these are in order.
    const isRange = dash === "-" && high !== undefined && numbered(low) <= numbered(high);
    source += isRange ? `${escaped(low)}-${escaped(high)}` : escaped(low);
    if (isRange) at += 2;
  }
  return source;
}

function numbered(char: string): number {
  return char.codePointAt(0) ?? 0;
}

function escaped(char: string): string {
  return `\\u{${numbered(char).toString(16)}}`;
}

function literally(char: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char;
}
