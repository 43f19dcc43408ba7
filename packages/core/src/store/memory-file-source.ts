import { InPlaceSource } from "../source/in-place-source.ts";
import type { MemoryFile } from "./memory-file.ts";

/** An entry of a memory store as it was long when opened; bytes overwritten since then show, as in a file. */
export class MemoryFileSource extends InPlaceSource {
  readonly #file: MemoryFile;

  constructor(name: string, file: MemoryFile) {
    super(name, file.size);
    this.#file = file;
  }

  protected override _copy(start: number, end: number): Uint8Array {
    return this.#file.view(this.name, start, end).slice();
  }

  protected override _fill(target: Uint8Array, start: number): void {
    target.set(this.#file.view(this.name, start, start + target.length));
  }
}
