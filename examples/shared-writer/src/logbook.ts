import type { CrewListener } from "./crew.ts";
import { type Acknowledged, type Measurement, now, type Recovered } from "./record.ts";

/** What happened: what the workers were told, and what the follower saw. */
export class Logbook implements CrewListener {
  /** For each worker: the number of each acknowledged record, and its place in the file. */
  readonly places = new Map<string, Map<number, number>>();
  /** What the follower delivered, in its order. */
  readonly followed: Measurement[] = [];
  /** From an acknowledgement to the delivery of its record, ms; 0 where the follower was first. */
  readonly delays: number[] = [];
  longestWait = 0;
  recoveries = 0;
  rolledForward = 0;
  rolledBack = 0;
  /** When records were acknowledged and delivered, by their place in the file. */
  readonly #acknowledgedAt: number[] = [];
  readonly #deliveredAt: number[] = [];

  /** Records that their worker knows to be published. */
  get count(): number {
    return [...this.places.values()].reduce((sum, { size }) => sum + size, 0);
  }

  acknowledged(worker: string, { number, index, at, took }: Acknowledged): void {
    let places = this.places.get(worker);
    if (places === undefined) {
      places = new Map();
      this.places.set(worker, places);
    }
    if (places.has(number)) throw new Error(`${worker} wrote record ${number} twice`);
    places.set(number, index);
    this.longestWait = Math.max(this.longestWait, took);
    this.#acknowledgedAt[index] = at;
    this.#noteDelay(index);
  }

  recovered({ rolledForward, rolledBack }: Recovered): void {
    this.recoveries++;
    this.rolledForward += rolledForward;
    this.rolledBack += rolledBack;
  }

  delivered(record: Measurement): void {
    const index = this.followed.push(record) - 1;
    this.#deliveredAt[index] = now();
    this.#noteDelay(index);
  }

  #noteDelay(index: number): void {
    const [from, to] = [this.#acknowledgedAt[index], this.#deliveredAt[index]];
    if (from !== undefined && to !== undefined) this.delays.push(Math.max(0, to - from));
  }
}
