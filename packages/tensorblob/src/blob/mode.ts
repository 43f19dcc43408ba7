/** How a blob is opened, as files are: the letters of the original. */
export type BlobMode = "r" | "w" | "a" | "r+" | "w+" | "a+";

/** What a mode allows and means. */
export interface ModeTraits {
  readonly mode: BlobMode;
  readonly readable: boolean;
  readonly writable: boolean;
  /** Whether every write goes to the end. */
  readonly appends: boolean;
  /** Whether what was there is replaced. */
  readonly replaces: boolean;
}

/** What a mode says; its letters may come in any order. @throws {@link TypeError} for any other text */
export function modeTraits(text: string): ModeTraits {
  const plus = text.includes("+");
  const base = text.replace("+", "");
  if (base !== "r" && base !== "w" && base !== "a") {
    throw new TypeError(
      `${JSON.stringify(text)} is no mode of a blob: use one of r, w and a, and at most one plus`,
    );
  }
  return {
    mode: plus ? `${base}+` : base,
    readable: base === "r" || plus,
    writable: base !== "r" || plus,
    appends: base === "a",
    replaces: base === "w",
  };
}
