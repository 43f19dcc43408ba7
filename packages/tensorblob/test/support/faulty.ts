import { type LiveStore, MemoryStore } from "@nthrec/core";
import { FaultStore } from "@nthrec/core/testkit";

/** A store with the same files. */
export function copyOf(store: MemoryStore): MemoryStore {
  const copy = new MemoryStore();
  for (const name of store.listSync()) {
    const source = store.openSync(name);
    const file = copy.editSync(name, { create: true });
    file.writeSync(0, source.readSync(0, source.size));
    file.closeSync();
    source.closeSync();
  }
  return copy;
}

/**
 * Stops `work` at every change it makes to a copy of `start`: none of that change happens, or, of a write, a half.
 * Hands each store that is left to `judge`; answers how many there were.
 */
export function stopEverywhere(
  start: MemoryStore,
  work: (store: LiveStore) => void,
  judge: (left: MemoryStore, step: string) => void,
): number {
  const whole = new FaultStore(copyOf(start), () => undefined);
  work(whole);
  let stops = 0;
  for (let stop = 1; stop <= whole.steps; stop++) {
    for (const share of [0, 0.5]) {
      const left = copyOf(start);
      let at = "";
      let halved = false;
      const dying = new FaultStore(left, ({ step, op, name, bytes }) => {
        if (step < stop) return undefined;
        if (step > stop) return 0;
        at = `${op} of ${name}, step ${step} of ${whole.steps}`;
        halved = op === "write" || op === "append";
        return halved ? Math.floor(bytes * share) : 0;
      });
      let failed = false;
      try {
        work(dying);
      } catch {
        failed = true;
      }
      if (share > 0 && !halved) continue;
      stops++;
      judge(left, `${at}, ${share} of it${failed ? "" : ", unnoticed"}`);
    }
  }
  return stops;
}
