import { NthrecError } from "../errors.ts";
import { GrowableBytes } from "../sink/growable-bytes.ts";
import type { EntryStat } from "./byte-store.ts";

/** What a file asks and tells the store that it lies in. */
export interface Surroundings {
  /** The time, ms. */
  now(): number;
  /** Called when the content of a file was changed. */
  changed(file: MemoryFile): void;
}

/** The content behind a name of a memory store; those who opened it keep it when the name goes to another. */
export class MemoryFile {
  readonly inode: number;
  readonly #bytes: GrowableBytes;
  readonly #surroundings: Surroundings;
  #modified: number;

  constructor(inode: number, surroundings: Surroundings, initial?: Uint8Array, maxBytes?: number) {
    this.inode = inode;
    this.#bytes = new GrowableBytes(initial, maxBytes);
    this.#surroundings = surroundings;
    this.#modified = surroundings.now();
  }

  get size(): number {
    return this.#bytes.size;
  }

  stat(): EntryStat {
    return { size: this.#bytes.size, inode: this.inode, modified: this.#modified };
  }

  /** The bytes `[start, end)` as they are now, not copied. @throws {@link NthrecError} `NTH_SHORT_READ` */
  view(name: string, start: number, end: number): Uint8Array {
    if (end <= this.#bytes.size) return this.#bytes.view().subarray(start, end);
    throw new NthrecError(
      "NTH_SHORT_READ",
      `bytes [${start}, ${end}) of ${name} were asked for, but it now ends at byte ${this.#bytes.size}`,
      { source: name, offset: start },
    );
  }

  write(name: string, position: number, bytes: Uint8Array): void {
    this.#bytes.write(name, position, bytes);
    this.#touch();
  }

  truncate(name: string, size: number): void {
    this.#bytes.truncate(name, size);
    this.#touch();
  }

  #touch(): void {
    this.#modified = this.#surroundings.now();
    this.#surroundings.changed(this);
  }
}
