import type { NthrecError } from "../../errors.ts";
import type { StoreLock } from "../../store/byte-store.ts";
import type { Census } from "./census.ts";
import { LockFile } from "./lock-file.ts";
import { LockFolder, type LockListing } from "./lock-folder.ts";
import { decodeLock, encodeHolder, HELD, type LockHolder, sameThread } from "./lock-holder.ts";
import { isLocalFileSystem, judge, strangerError, type Verdict } from "./lock-judge.ts";
import { threadCensus } from "./thread-census.ts";
import { uniqueName } from "./unique-name.ts";

/** The kind that this lock writes into its folder, with the version of its files. */
export const GENERATION_KIND = "generation 1";

/** Rounds that were lost because another got it; then the answer is "not ours". */
const ROUNDS = 8;

/** A generation that this object made; `text` is its file after the first byte. */
interface Generation {
  readonly number: number;
  readonly text: string;
  /** The file, where it rests. */
  readonly file?: LockFile | undefined;
}

/** How a {@link GenerationLock} judges others. */
export interface GenerationLockOptions {
  /** Knows the threads. @default the census of this thread */
  readonly census?: Census | undefined;
}

/**
 * A lock between all threads of all processes, made of files: in its folder lie `g1`, `g2`, …, and the highest number
 * says who holds it. It is taken by linking a file to the next number, which only one can do, and released by
 * changing the file's first byte. A holder that has died is passed over.
 *
 * Why nobody can hold it twice: the highest file is never removed, lower ones only by the holder and in rising order.
 * So the highest number only grows, and a number that was taken stays taken until all lower ones are gone. Who links
 * `g(n + 1)` from an old view, when the world has moved on, finds a higher one in the listing that follows and takes
 * the useless file away again; nobody saw it, because it never was the highest.
 */
export class GenerationLock implements StoreLock {
  /** Path of the folder. */
  readonly name: string;
  readonly #folder: LockFolder;
  readonly #census: Census;
  /** The generation that is held. */
  #held: LockFile | undefined;
  #last: Generation | undefined;
  #obstacle: NthrecError | undefined;
  #undisturbed = false;
  #sweepTemps = true;
  /** Whether the folder was found to be of our kind once. */
  #claimed = false;
  /** Whether no other machine can use the file system, so that nobody waits for a file of ours to be closed. */
  #isLocal: boolean | undefined;

  /** @param folder Path of the lock's folder, which the first `tryAcquire` makes. */
  constructor(folder: string, options: GenerationLockOptions = {}) {
    this.name = folder;
    this.#folder = new LockFolder(folder);
    this.#census = options.census ?? threadCensus();
  }

  /**
   * Tries once, without waiting: `true` when it is ours now.
   *
   * @throws {@link NthrecError} `NTH_LOCKED` when the folder is of another kind, `NTH_READONLY`, `NTH_NOT_SUPPORTED` on
   * a file system without hard links, `NTH_IO_ERROR`
   */
  tryAcquire(): boolean {
    this.#obstacle = undefined;
    if (this.#held !== undefined) return false;
    this.#undisturbed = this.#retake();
    return this.#undisturbed || this.#take();
  }

  /** Whether this object had the lock before, and nobody else since. */
  get undisturbed(): boolean {
    return this.#undisturbed;
  }

  /** Why the holder that the last try found cannot be judged from here. */
  get obstacle(): NthrecError | undefined {
    return this.#obstacle;
  }

  get heldByThisThread(): boolean {
    if (this.#held !== undefined) return true;
    const highest = this.#folder.list()?.highest ?? 0;
    const record = decodeLock(this.#folder.read(nameOf(highest)) ?? "");
    return record?.held === true && sameThread(record.holder, this.#census.self);
  }

  /** Lets the next one have it. Does nothing when this object does not hold the lock. */
  release(): void {
    // The file, not its name: should the folder have been replaced, no other holder's file is touched.
    this.#held?.free();
    this.#held = undefined;
    const resting = this.#last?.file;
    if (resting === undefined) return;
    this.#last = undefined;
    resting.drop();
  }

  /**
   * As {@link GenerationLock.release}, but where it can it keeps its file open, which halves the system calls of
   * taking the lock again when nobody else had it meanwhile.
   */
  rest(): void {
    const held = this.#held;
    const last = this.#last;
    if (held === undefined) return;
    this.#isLocal ??= isLocalFileSystem(this.name);
    if (last === undefined || !this.#isLocal || !held.rest()) {
      this.release();
    } else {
      this.#last = { ...last, file: held };
      this.#held = undefined;
    }
  }

  /**
   * Takes the lock again when nobody else had it since: the file of the last time gets a second name, the next number.
   * That works only while the file still has its first name, so it proves by itself that it is the highest.
   */
  #retake(): boolean {
    const last = this.#last;
    this.#last = undefined;
    if (last === undefined) return false;
    const [old, next] = [nameOf(last.number), nameOf(last.number + 1)];
    const file = last.file ?? LockFile.reopen(this.#folder, old, last.text);
    if (file === undefined) return false;
    try {
      if (!file.hold(old) || this.#folder.link(old, next) !== "linked") return false;
      if (!this.#isHighest(file, last.number + 1)) {
        this.#folder.remove(next);
        return false;
      }
      this.#held = file;
      if (this.#folder.remove(old)) this.#last = { number: last.number + 1, text: last.text };
      return true;
    } finally {
      if (this.#held === undefined) file.drop();
    }
  }

  /** Whether our file of the last time, just linked as the next generation, is the highest. */
  #isHighest(file: LockFile, number: number): boolean {
    // Two names, the old one and the next: so it was there all the time, and nobody came between.
    if (file.names === 2) return true;
    // Where names are not counted a listing tells.
    const ours = this.#folder.read(nameOf(number)) === HELD + file.text;
    return ours && this.#folder.list()?.highest === number;
  }

  #take(): boolean {
    const folder = this.#folder;
    const text = encodeHolder(this.#census.self, uniqueName());
    let draft: ReturnType<typeof LockFile.draft>;
    try {
      for (let round = 0; round < ROUNDS; round++) {
        const number = this.#highest() + 1;
        const state = this.#stateOf(number - 1);
        if (state === "held") return false;
        if (state === "gone") continue;
        draft ??= LockFile.draft(folder, text);
        // Gone with the whole folder, or swept by a holder that saw it before it had its content.
        if (draft === undefined) continue;
        const linked = folder.link(draft.name, nameOf(number));
        if (linked === "linked" && this.#settle(number, draft.file)) return true;
        if (linked !== "missing") continue;
        draft.file.drop();
        draft = undefined;
      }
      return false;
    } finally {
      if (draft !== undefined) folder.remove(draft.name);
      if (this.#held === undefined) draft?.file.drop();
    }
  }

  /** The highest generation, in a folder that is of our kind: one of another kind has no generations. */
  #highest(): number {
    const listed = this.#claimed ? this.#folder.list()?.highest : undefined;
    if (listed) return listed;
    this.#folder.claim(GENERATION_KIND);
    this.#claimed = true;
    return this.#folder.list()?.highest ?? 0;
  }

  /** Whether the lock may be taken from the generation `number`. */
  #stateOf(number: number): "free" | "held" | "gone" {
    if (number === 0) return "free";
    const text = this.#folder.read(nameOf(number));
    if (text === undefined) return "gone";
    const record = decodeLock(text);
    // Torn: files are linked whole, so it comes from a power cut, and who wrote it has ended.
    if (record !== undefined && !record.held) return "free";
    const verdict = record === undefined ? "dead" : this.#judge(record.holder);
    if (verdict === "alive") return "held";
    if (verdict !== "dead") {
      this.#obstacle = strangerError(this.name, verdict, record?.holder);
      return "held";
    }
    this.#sweepTemps = true;
    return "free";
  }

  /** Makes sure that the generation just linked is the highest, and cleans up below it. */
  #settle(number: number, file: LockFile): boolean {
    const listing = this.#folder.list();
    if (listing?.highest !== number) {
      this.#folder.remove(nameOf(number));
      return false;
    }
    this.#held = file;
    if (this.#sweep(listing)) this.#last = { number, text: file.text };
    return true;
  }

  /** Removes what is left of others; tells whether no lower generation remains. */
  #sweep(listing: LockListing): boolean {
    if (this.#sweepTemps) {
      this.#sweepTemps = false;
      for (const temp of listing.temps) if (!this.#isWanted(temp)) this.#folder.remove(temp);
    }
    // Rising, and no further than the first that stays: `#retake` relies on it.
    return listing.lower.every((number) => this.#folder.remove(nameOf(number)));
  }

  #isWanted(temp: string): boolean {
    const record = decodeLock(this.#folder.peek(temp) ?? "");
    // Whoever is swept wrongly makes another one.
    return record !== undefined && this.#judge(record.holder) === "alive";
  }

  #judge(holder: LockHolder): Verdict {
    return judge(holder, this.#census, () => isLocalFileSystem(this.name));
  }
}

function nameOf(generation: number): string {
  return `g${generation}`;
}
