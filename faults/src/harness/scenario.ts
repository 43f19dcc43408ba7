import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Megstore } from "../megstore/megstore.ts";
import { Random } from "./random.ts";
import { Verdicts } from "./verdicts.ts";

/** What a scenario is given. */
export class Context {
  readonly verdicts: Verdicts = new Verdicts();
  readonly long: boolean;
  readonly random: Random;
  /** The Python original, unless it cannot be had. */
  readonly megstore: Megstore | undefined;
  readonly #base: string;
  #folders = 0;

  constructor(options: { long: boolean; seed: number; megstore: Megstore | undefined }) {
    this.long = options.long;
    this.random = new Random(options.seed);
    this.megstore = options.megstore;
    this.#base = mkdtempSync(join(tmpdir(), "nthrec-faults-"));
  }

  /** A new, empty folder. */
  folder(): string {
    const path = join(this.#base, String(this.#folders++));
    mkdirSync(path);
    return path;
  }

  /** Runs a part of the scenario; when it throws, the others run all the same. */
  async attempt(what: string, part: () => unknown): Promise<void> {
    try {
      await part();
    } catch (error) {
      this.verdicts.fail(`${what}: ${error instanceof Error ? error.stack : error}`);
    }
  }

  /** Says that a part of the scenario cannot run here. */
  skip(what: string, reason: string): void {
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
  run(context: Context): Promise<void>;
}
