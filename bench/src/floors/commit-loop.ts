import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  linkSync,
  mkdirSync,
  openSync,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";

const SLOT = new Uint8Array(256);
const NUMBER = new Uint8Array(8);
const HEADER = new Uint8Array(16);
const HOLDER_BYTES = 240;

/** The system calls of a commit in shared mode, in their order, and nothing around them: no checks, no checksums. */
export class CommitLoop {
  readonly #path: string;
  readonly #disk: boolean;
  readonly #data: number;
  readonly #appender: number;
  readonly #index: number;
  readonly #seal: number;
  /** The lock's file, which stays open while nobody else takes the lock. */
  readonly #lock: number;
  #generation = 1;
  #records = 0;

  /** @param disk Whether seal, data and seal are brought to disk, as with durability `"disk"` */
  constructor(path: string, disk: boolean) {
    this.#path = path;
    this.#disk = disk;
    this.#data = openSync(path, "w+");
    this.#appender = openSync(path, "a");
    this.#index = openSync(`${path}.idx`, "w+");
    this.#seal = openSync(`${path}.seal`, "w+");
    writeSync(this.#seal, new Uint8Array(8192));
    mkdirSync(`${path}.lock`);
    writeFileSync(`${path}.lock/g1`, "F".repeat(HOLDER_BYTES));
    this.#lock = openSync(`${path}.lock/g1`, "r+");
  }

  /** Appends `lines`, which hold `count` records. */
  commit(lines: string, count: number): void {
    const old = `${this.#path}.lock/g${this.#generation}`;
    statSync(old);
    writeSync(this.#lock, "H", 0, "latin1");
    linkSync(old, `${this.#path}.lock/g${++this.#generation}`);
    fstatSync(this.#lock);
    unlinkSync(old);
    for (const suffix of ["", ".seal", ".idx"]) statSync(this.#path + suffix);
    writeSync(this.#seal, SLOT, 0, SLOT.length, 0);
    if (this.#disk) fdatasyncSync(this.#seal);
    writeSync(this.#appender, lines);
    if (this.#disk) fdatasyncSync(this.#data);
    fstatSync(this.#data);
    const offsets = count === 1 ? NUMBER : new Uint8Array(8 * count);
    writeSync(this.#index, offsets, 0, offsets.length, 16 + this.#records * 8);
    writeSync(this.#index, HEADER, 0, HEADER.length, 0);
    writeSync(this.#seal, SLOT, 0, SLOT.length, 4096);
    if (this.#disk) fdatasyncSync(this.#seal);
    this.#records += count;
    writeSync(this.#lock, "F", 0, "latin1");
  }

  close(): void {
    for (const file of [this.#data, this.#appender, this.#index, this.#seal, this.#lock])
      closeSync(file);
  }
}
