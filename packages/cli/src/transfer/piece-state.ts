import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";

/** How far an output file has come. */
export interface PieceState {
  /** Records of the input that were taken, the damaged ones too. */
  position: number;
  /** Records written. */
  records: number;
  /** Records left out because they are damaged. */
  lost: number;
}

const SUFFIX = ".state";

/** How far the file had come when it was last noted; `undefined` where it was never begun. */
export function readPieceState(file: string): PieceState | undefined {
  try {
    return JSON.parse(readFileSync(file + SUFFIX, "utf8")) as PieceState;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Notes how far the file has come: the note is whole, or the last one. */
export function writePieceState(file: string, state: PieceState): void {
  writeFileSync(`${file}${SUFFIX}.new`, JSON.stringify(state));
  renameSync(`${file}${SUFFIX}.new`, file + SUFFIX);
}

/** Removes a file that is begun anew, and what belongs to it. */
export function removePiece(file: string): void {
  for (const suffix of ["", SUFFIX, ".idx", ".idv1", ".seal", ".undo", ".torn"]) {
    rmSync(file + suffix, { recursive: true, force: true });
  }
}
