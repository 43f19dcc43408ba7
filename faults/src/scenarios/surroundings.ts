import { rmSync, truncateSync, utimesSync } from "node:fs";
import { isNthrecError } from "@nthrec/core";
import { type KindName, kindOf } from "../formats/kinds.ts";
import { Place } from "../harness/place.ts";
import type { Context, Scenario } from "../harness/scenario.ts";
import { UNTOLD } from "../judge/acks.ts";

/** What others do to the files beside the data, while a writer has them open or between two writers. */
export const surroundings: Scenario = {
  name: "surroundings",
  title: "clocks that jump, seal, index and lock cut or removed under a writer",
  async run(context) {
    await context.attempt("clocks", () => clocks(context));
    await context.attempt("damages", () => damagedUnderWriter(context));
    for (const name of context.kinds) await context.attempt(name, () => usurped(context, name));
  },
};

/** Times of files jump: they are hints, and never more. */
async function clocks(context: Context): Promise<void> {
  const times = [0, 1, Date.now() / 1000 - 86_400, Date.now() / 1000 + 86_400, 4_000_000_000];
  for (const name of context.kinds) {
    const place = new Place(context, kindOf(name));
    place.fill("old", 4);
    for (const time of times) {
      const beside = place.kind.ownIndex === true ? [place.seal] : [place.index, place.seal];
      for (const file of [place.path, ...beside]) {
        utimesSync(file, time, time);
        const reader = place.read();
        context.verdicts.check(reader.length >= 4, `${name}: ${reader.length} records at ${time}`);
        reader.closeSync();
        if (context.random.next() < 0.5) place.fill("old", 1);
        context.verdicts.count("clock jumps");
      }
    }
    await place.judge(`${name}: clocks that jump`);
  }
}

/** Files beside the data are cut or removed while a writer has them open. */
async function damagedUnderWriter(context: Context): Promise<void> {
  const damages: Readonly<Record<string, (place: Place) => void>> = {
    "the seal cut to nothing": ({ seal }) => truncateSync(seal, 0),
    "the seal cut in a slot": ({ seal }) => truncateSync(seal, 100),
    "the seal cut between the slots": ({ seal }) => truncateSync(seal, 4096),
    "the seal removed": ({ seal }) => rmSync(seal),
    "the index cut": ({ index }) => truncateSync(index, 20),
    "the index removed": ({ index }) => rmSync(index),
    "the lock removed": ({ path }) => rmSync(`${path}.lock`, { recursive: true, force: true }),
    "all of them removed": ({ path, index }) => {
      for (const file of [`${path}.seal`, index, `${path}.lock`, `${path}.undo`]) {
        rmSync(file, { recursive: true, force: true });
      }
    },
  };
  for (const [what, damage] of Object.entries(damages)) {
    for (const name of context.kinds) {
      if (kindOf(name).ownIndex === true && what.startsWith("the index")) continue;
      for (const options of [{}, { exclusive: true }]) {
        const place = new Place(context, kindOf(name));
        const writer = await place.open(options);
        await place.append(writer, "w", 300);
        await writer.commit();
        for (let i = 0; i < 2; i++) {
          damage(place);
          await place.append(writer, "w");
          await writer.commit();
          place.appendSync(writer, "w");
          writer.commitSync();
        }
        await writer.close();
        context.verdicts.count("damages under a writer");
        await place.judge(
          `${name}: ${what} under ${options.exclusive ? "an exclusive" : "a"} writer`,
        );
      }
    }
  }
}

/**
 * Somebody removes the lock of an exclusive writer, and another one appends. What the first one had only gathered may
 * be refused; what it says is published must be there.
 */
async function usurped(context: Context, name: KindName): Promise<void> {
  for (const mode of ["append", "write"] as const) {
    const place = new Place(context, kindOf(name));
    const what = `${name}: the lock removed under an exclusive writer that wrote ahead (${mode})`;
    const owner = await place.open({ mode, exclusive: true, highWaterMark: 100 });
    const gathered = async (count: number): Promise<void> => {
      const numbers: number[] = [];
      try {
        for (let i = 0; i < count; i++) {
          const [number, record] = place.next("owner", 60);
          await owner.append(record);
          numbers.push(number);
        }
        await owner.commit();
        // Where they are in the file, an exclusive writer knew only as long as it was one.
        for (const number of numbers) place.told("owner", number, UNTOLD);
      } catch (error) {
        const coded = isNthrecError(error, "NTH_SOURCE_CHANGED", "NTH_LOCKED");
        context.verdicts.check(coded, `${what}: ${error}`);
        context.verdicts.count("usurped and told so");
      }
    };
    await gathered(3);
    for (let i = 0; i < 5; i++) await owner.append(place.next("owner", 60)[1]);
    rmSync(`${place.path}.lock`, { recursive: true });
    place.fill("usurper", 2);
    await gathered(5);
    await owner.close().catch(() => owner.abort());
    place.fill("later", 1);
    context.verdicts.count("exclusive writers usurped");
    await place.judge(what);
  }
}
