import { isNthrecError } from "@nthrec/core";
import { createTFRecordIndex, readTFRecordIndex, TFRecordReader } from "@nthrec/tfrecord";
import { Exit, type ExitCode } from "../exit.ts";
import type { Io } from "../output/io.ts";
import { complain, counted } from "../output/report.ts";

/** `nthrec dali make`: makes the index that DALI reads. */
export async function makeDaliIndex(
  io: Io,
  [path = "", index]: readonly string[],
): Promise<ExitCode> {
  const records = await createTFRecordIndex(path, index, { signal: io.signal });
  await io.stdout.write(`${index ?? `${path}.idx`}: ${counted(records, "record")}\n`);
  return Exit.ok;
}

/** `nthrec dali check`: whether every line of such an index names a record of the file. */
export async function checkDaliIndex(
  io: Io,
  [path = "", index = `${path}.idx`]: readonly string[],
): Promise<ExitCode> {
  const options = { index: "memory", signal: io.signal } as const;
  await using reader = await TFRecordReader.open(path, options);
  const sizes = new Map<number, number>();
  for (let i = 0; i < reader.length; i++) {
    const { start, end } = await reader.locate(i);
    sizes.set(start, end - start);
  }
  let problems = 0;
  try {
    const entries = await readTFRecordIndex(index, { signal: io.signal });
    for (const [i, [offset, size]] of entries.entries()) {
      if (sizes.get(offset) === size) continue;
      problems++;
      await io.stdout.write(
        `line ${i + 1}: no record has ${counted(size, "byte")} from byte ${offset} on\n`,
      );
    }
    const verdict = problems === 0 ? "sound" : counted(problems, "problem");
    await io.stdout.write(
      `${index}: ${verdict}, ${entries.length} of ${counted(sizes.size, "record")} named\n`,
    );
  } catch (error) {
    if (!isNthrecError(error, "NTH_NOT_FOUND", "NTH_INDEX_INVALID", "NTH_INDEX_FOREIGN"))
      throw error;
    await complain(io, error);
    problems++;
  }
  return problems === 0 ? Exit.ok : Exit.index;
}
