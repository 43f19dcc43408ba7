import {
  type AbortOptions,
  type ByteSink,
  entryOf,
  NthrecError,
  type StoreEntry,
} from "@nthrec/core";
import type { TensorStreamReader } from "../stream/tensor-stream-reader.ts";
import { encodeNpyHeader } from "./npy.ts";
import { encodeSafetensorsHeader } from "./safetensors.ts";

/** Which tensors are written out. */
export interface ExportOptions extends AbortOptions {
  /** @default 0 */
  readonly start?: number | undefined;
  /** @default the end */
  readonly end?: number | undefined;
}

/** Where a file is written: a path, a `file:` URL, an entry of a store, or a sink of one's own. */
export type ExportOutput = string | URL | StoreEntry | ByteSink;

const PIECE_BYTES = 4 * 1024 * 1024;

/**
 * Writes tensors `[start, end)` as one array to an .npy file, in pieces; answers its size, bytes.
 *
 * @throws {@link NthrecError} `NTH_NOT_SUPPORTED` for a type that NumPy does not have, `NTH_OUT_OF_RANGE`
 */
export function exportNpy(
  reader: TensorStreamReader,
  output: ExportOutput,
  options: ExportOptions = {},
): Promise<number> {
  const { start, end } = rangeOf(reader, options);
  const { dtype, shape } = reader.layout;
  const header = encodeNpyHeader(dtype, [end - start, ...shape]);
  return write(reader, output, header, { ...options, start, end });
}

/**
 * Writes tensors `[start, end)` as one array to a safetensors file, in pieces; answers its size, bytes.
 *
 * @param options `name`: the array's name in the file. @default "data"
 * @throws {@link NthrecError} `NTH_NOT_SUPPORTED` for complex128, `NTH_OUT_OF_RANGE`
 */
export function exportSafetensors(
  reader: TensorStreamReader,
  output: ExportOutput,
  options: ExportOptions & { readonly name?: string | undefined } = {},
): Promise<number> {
  const { start, end } = rangeOf(reader, options);
  const { dtype, shape } = reader.layout;
  const header = encodeSafetensorsHeader(options.name ?? "data", dtype, [end - start, ...shape]);
  return write(reader, output, header, { ...options, start, end });
}

function rangeOf(
  reader: TensorStreamReader,
  { start = 0, end = reader.length }: ExportOptions,
): { readonly start: number; readonly end: number } {
  if (start >= 0 && start <= end && end <= reader.length && Number.isInteger(end - start)) {
    return { start, end };
  }
  throw new NthrecError(
    "NTH_OUT_OF_RANGE",
    `tensors ${start} to ${end} were asked for, but ${reader.name} has ${reader.length}`,
    { source: reader.name, index: start },
  );
}

async function write(
  reader: TensorStreamReader,
  output: ExportOutput,
  header: Uint8Array,
  { start, end, signal }: { start: number; end: number } & AbortOptions,
): Promise<number> {
  return await into(output, signal, async (sink) => {
    await sink.truncate(0);
    await sink.write(0, header, { signal });
    let position = header.length;
    const step = Math.max(1, Math.floor(PIECE_BYTES / reader.layout.rowBytes));
    for (let at = start; at < end; at += step) {
      const { bytes } = await reader.readRange(at, Math.min(end, at + step), { signal });
      await sink.write(position, bytes, { signal });
      position += bytes.length;
    }
    return position;
  });
}

/** Fills a sink, or a new file that gets its name when it is whole: what lies there may be what is read. */
async function into(
  output: ExportOutput,
  signal: AbortSignal | undefined,
  fill: (sink: ByteSink) => Promise<number>,
): Promise<number> {
  if (typeof output === "object" && "write" in output) return await fill(output);
  const { store, name } = entryOf(output as string | URL | StoreEntry);
  const temporary = `${name}.new-${crypto.getRandomValues(new BigUint64Array(1))[0]?.toString(36)}`;
  try {
    const sink = await store.create(temporary, { signal });
    const size = await fill(sink).finally(() => sink.close());
    await store.rename(temporary, name);
    return size;
  } catch (error) {
    await store.remove(temporary);
    throw error;
  }
}
