import { join } from "node:path";
import { Appenders } from "../harness/appenders.ts";
import type { BenchCase, Prepared, Variant } from "../harness/case.ts";
import { clean } from "../harness/clean.ts";

const PROCESSES = 4;
const RECORDS = 8000;

/** As many commits of one record, by one process and by several; in time that passes, whatever the clock. */
export const processes: BenchCase = {
  name: "processes",
  title: `shared append, a commit for each record, one process and ${PROCESSES} (time that passes)`,
  unit: "ns/record",

  async prepare({ scratch }): Promise<Prepared> {
    const path = join(scratch, "processes.jsonl");
    const waits = new Map<string, number>();
    const variant = (name: string, role: Variant["role"], count: number): Variant => ({
      name,
      role,
      round: async () => {
        clean(path);
        const appenders = await Appenders.start(count, path, RECORDS / count);
        const start = performance.now();
        const wait = await appenders.run();
        waits.set(name, Math.max(waits.get(name) ?? 0, wait));
        return ((performance.now() - start) * 1e6) / RECORDS;
      },
    });
    const [one, several] = ["one process", `${PROCESSES} processes`];
    return {
      variants: [variant(one as string, "floor", 1), variant(several as string, "ours", PROCESSES)],
      goals: [{ variant: several as string, against: one as string, atLeast: 0.5 }],
      notes: () => [...waits].map(([name, ms]) => `longest wait of ${name}: ${ms.toFixed(1)} ms`),
      close: () => clean(path),
    };
  },
};
