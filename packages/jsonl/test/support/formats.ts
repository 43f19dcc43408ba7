import type { Blindness } from "@nthrec/core/testkit";

/** Lines have no checksum: damage changes its line, or, where it makes or takes a newline, the lines from there on. */
function unchecked(offset: number, file: Uint8Array, damaged: Uint8Array): Blindness {
  return file[offset] === 10 || damaged[offset] === 10 ? "rest" : "record";
}

/** Values for the laws of JSON lines. */
export const jsonFormat = {
  values: [
    {},
    { id: 1, name: "alpha", tags: ["a", "é", "日本", "😀"] },
    "",
    null,
    [1.5, -2, 1e300, true, false],
    'quotes " and \\ and \n and \u2028',
    { long: "x".repeat(70_000) },
    { deep: [[[[{ a: [] }]]]] },
  ],
  invalid: [undefined, () => 1, Symbol("s"), "\ud800", { key: "\udfff" }, 1n],
  unchecked,
};

/** Values for the laws of text lines. */
export const textFormat = {
  values: ["", "one", "zwei\tdrei  ", "é日本😀", "\r", "\ufeffmark", "x".repeat(70_000), "\u2028"],
  invalid: [undefined, 7, null, "two\nlines", "\ud800"],
  unchecked,
};
