import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { allKindNames, type KindName, kindOf } from "../formats/kinds.ts";
import type { Originals } from "../originals/originals.ts";
import { parallel } from "./children.ts";
import { Random } from "./random.ts";
import { Verdicts } from "./verdicts.ts";

/** What a context is made from. */
export interface ContextOptions {
  readonly long: boolean;
  readonly seed: number;
  readonly originals: Originals;
  /** The formats that take part. @default all */
  readonly kinds?: readonly KindName[];
  /** How long the scenario may begin new parts. */
  readonly seconds: number;
}

/** What a scenario is given. */
export class Context {
  readonly verdicts: Verdicts = new Verdicts();
  /** What could not run here. */
  readonly skipped: string[] = [];
  readonly long: boolean;
  readonly random: Random;
  /** The Python originals, as far as they can be had. */
  readonly originals: Originals;
  /** The formats that take part. */
  readonly everyKind: readonly KindName[];
  /** Those with a reader and a writer of core. */
  readonly allKinds: readonly KindName[];
  /** Those whose data are one file. */
  readonly kinds: readonly KindName[];
  readonly #base: string;
  readonly #deadline: number;
  #folders = 0;
  /** The first folder, and the failures, that no sweep has seen. */
  #swept = { folder: 0, failures: 0 };

  constructor(options: ContextOptions) {
    this.long = options.long;
    this.#deadline = performance.now() + options.seconds * 1000;
    this.random = new Random(options.seed);
    this.originals = options.originals;
    this.everyKind = options.kinds ?? allKindNames;
    this.allKinds = this.everyKind.filter((name) => kindOf(name).database !== true);
    this.kinds = this.allKinds.filter((name) => kindOf(name).folder !== true);
    this.#base = mkdtempSync(join(tmpdir(), "nthrec-faults-"));
  }

  /** A new, empty folder. */
  folder(): string {
    const path = join(this.#base, String(this.#folders++));
    mkdirSync(path);
    return path;
  }

  /** Takes away the folders that were made since the last time, unless something failed meanwhile: disks are small. */
  sweep(): void {
    const { failures } = this.verdicts;
    if (failures === this.#swept.failures) {
      for (let folder = this.#swept.folder; folder < this.#folders; folder++) {
        rmSync(join(this.#base, String(folder)), { recursive: true, force: true });
      }
    }
    this.#swept = { folder: this.#folders, failures };
  }

  /** Runs a part of the scenario; when it throws, the others run all the same. */
  async attempt(what: string, part: () => unknown): Promise<void> {
    try {
      await part();
    } catch (error) {
      this.verdicts.fail(`${what}: ${error instanceof Error ? error.stack : error}`);
    }
  }

  /** Whether the time of this scenario is over: no new part begins. */
  get late(): boolean {
    return performance.now() > this.#deadline;
  }

  /**
   * Handles items, `width` at a time, in an order of chance, until the time is over, but `least` of them in any case;
   * says what was left out.
   */
  async each<T>(
    items: readonly T[],
    handle: (item: T) => Promise<void>,
    { width = 1, least = 1 }: { readonly width?: number; readonly least?: number } = {},
  ): Promise<void> {
    const order = this.long ? items : this.random.shuffle(items);
    let [begun, left] = [0, 0];
    await parallel(order, width, async (item) => {
      if (this.late && begun >= least) left++;
      else {
        begun++;
        await handle(item);
      }
    });
    if (left > 0) this.note(`${left} of ${items.length} parts left out: the time was over`);
  }

  /** Says that a part of the scenario cannot run here. */
  skip(what: string, reason: string): void {
    this.skipped.push(what);
    console.log(`  left out: ${what}, because ${reason}`);
  }

  note(sentence: string): void {
    console.log(`  ${sentence}`);
  }

  /** Takes the folders away, unless something failed that can be looked at in them. */
  end(): void {
    if (this.verdicts.failures > 0) console.log(`  kept: ${this.#base}`);
    else rmSync(this.#base, { recursive: true, force: true });
  }
}

/** One kind of trouble, and what must hold in it. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** How long its short form may begin new parts; without a number it has a fixed number of them. */
  readonly shortSeconds?: number;
  run(context: Context): Promise<void>;
}
