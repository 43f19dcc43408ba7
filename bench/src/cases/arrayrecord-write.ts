import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { ArrayRecordWriter } from "@nthrec/arrayrecord";
import {
  arrayRecordFile,
  plainFile,
  plainRecords,
  type RecordKind,
} from "../data/array-records.ts";
import { writeThrough } from "../floors/plain-file.ts";
import type { BenchCase, Context, Prepared, Variant } from "../harness/case.ts";
import { nsPerRecord, nsPerRecordAsync } from "../harness/clock.ts";
import { beside, countOf, type Layout, named, optionsOf, theirs } from "./arrayrecord-layouts.ts";

/** What writing must reach on Node 20: zstd is WebAssembly there. */
function leastWrite({ codec, group }: Layout): number {
  if (codec === "zstd") return group === 1 ? 0.4 : 0.55;
  return 1;
}

/** All records written to a new file. */
export function write(layout: Layout): BenchCase {
  return {
    ...named(layout, "write", "write all records"),
    unit: "ns/record",
    async prepare(context): Promise<Prepared> {
      const count = countOf(context);
      const values = await plainRecords(context.cache, "lorem", count);
      const path = join(context.scratch, "ours.array_record");
      const options = { optionString: optionsOf(layout) };
      await ArrayRecordWriter.prepare();
      const now = (): void => {
        using writer = ArrayRecordWriter.openSync(path, options);
        writer.extendSync(values);
      };
      const soon = async (): Promise<void> => {
        await using writer = await ArrayRecordWriter.open(path, options);
        for (const value of values) await writer.append(value);
      };
      now();
      const size = statSync(path).size;
      const bare = (): void => writeThrough(join(context.scratch, "bare"), size);
      const rival = theirs(context, count, {
        job: "append",
        path: join(context.scratch, "theirs.array_record"),
        source: await plainFile(context.cache, "lorem", count),
        options: optionsOf(layout),
      });
      return {
        variants: [
          floorOf(layout, values, bare),
          { name: "extendSync", role: "ours", round: () => nsPerRecord(count, now) },
          { name: "await append", role: "ours", round: () => nsPerRecordAsync(count, soon) },
          ...rival.variants,
        ],
        goals: beside(["extendSync", "await append"], leastWrite(layout)),
        close: () => rival.close(),
      };
    },
  };
}

/** Only the compression, where it is Node's own; else a file of as many bytes. */
function floorOf(
  { codec, group }: Layout,
  values: readonly Uint8Array[],
  bare: () => void,
): Variant {
  if (codec !== "brotli") {
    return { name: "writeSync", role: "floor", round: () => nsPerRecord(values.length, bare) };
  }
  const groups: Uint8Array[] = [];
  for (let at = 0; at < values.length; at += group) {
    groups.push(Buffer.concat(values.slice(at, at + group)));
  }
  const params = { [constants.BROTLI_PARAM_QUALITY]: 6 };
  const floor = (): void => {
    for (const each of groups) brotliCompressSync(each, { params });
  };
  const round = (): number => nsPerRecord(values.length, floor);
  return { name: "brotliCompressSync", role: "floor", round };
}

/** What the files take that both write of the same records. */
export function size(layout: Layout): BenchCase {
  return sizes(named(layout, "size", "bytes of a file"), "lorem", countOf, optionsOf(layout));
}

/** The same of some records written with some options. */
export function sizes(
  names: { readonly name: string; readonly title: string },
  kind: RecordKind,
  counted: (context: Context) => number,
  options: string,
): BenchCase {
  return {
    ...names,
    unit: "B/record",
    async prepare(context): Promise<Prepared> {
      const count = counted(context);
      await ArrayRecordWriter.prepare();
      const ours = await arrayRecordFile(context.cache, kind, count, options);
      const path = join(context.scratch, "theirs.array_record");
      const source = await plainFile(context.cache, kind, count);
      const job = { job: "append", path, source, options } as const;
      const rival = theirs(context, 1, job);
      const sized = rival.variants.map((variant) => ({
        ...variant,
        async round(): Promise<number> {
          await variant.round();
          const bytes = statSync(path).size;
          rmSync(path);
          return bytes / count;
        },
      }));
      return {
        variants: [
          { name: "file", role: "ours", round: () => statSync(ours).size / count },
          ...sized,
        ],
        goals: beside(["file"], 0.98),
        close: () => rival.close(),
      };
    },
  };
}
