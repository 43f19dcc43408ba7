import { createRequire } from "node:module";
import { isAbsolute } from "node:path";
import type { Codec } from "../../codecs/codec.ts";
import { checkZstdFrame } from "../../codecs/zstd-frame.ts";
import { corrupt } from "../../errors.ts";
import { plainView } from "./plain-view.ts";

/** What is used of the package's binding: contexts that are made once, as they cost more than a short stream. */
export interface ZstdBinding {
  readonly CCtx: new () => {
    setParameter(parameter: number, value: number): void;
    /** Answers how many bytes it wrote. */
    compress2(target: Uint8Array, bytes: Uint8Array): number;
  };
  readonly DCtx: new () => { decompress(target: Uint8Array, bytes: Uint8Array): number };
  readonly CParameter: { readonly compressionLevel: number; readonly windowLog: number };
  compressBound(size: number): number;
}

const BINDING = "zstd-napi/binding.js";
const DEFAULT_LEVEL = 3;

/**
 * The package's binding, which nobody has to install: looked for from here, and from the program that runs. `undefined` where it
 * is not, or does not load.
 */
export function findBinding(
  name: string = BINDING,
  places: readonly (string | undefined)[] = [import.meta.url, process.argv[1]],
): ZstdBinding | undefined {
  for (const place of places) {
    // A program need not be a file: `[worker eval]`.
    if (place === undefined || !(place.startsWith("file:") || isAbsolute(place))) continue;
    try {
      return createRequire(place)(name);
    } catch {
      // Another codec serves.
    }
  }
  return undefined;
}

/** Zstd by zstd-napi. */
export function napiZstd(binding: ZstdBinding): Codec {
  const reader = new binding.DCtx();
  const writers = new Map<string, InstanceType<ZstdBinding["CCtx"]>>();
  const writerOf = (level: number, windowLog: number | undefined) => {
    const key = `${level} ${windowLog}`;
    const known = writers.get(key);
    if (known !== undefined) return known;
    const writer = new binding.CCtx();
    writer.setParameter(binding.CParameter.compressionLevel, level);
    if (windowLog !== undefined) writer.setParameter(binding.CParameter.windowLog, windowLog);
    writers.clear();
    writers.set(key, writer);
    return writer;
  };
  return {
    compress(bytes, { level = DEFAULT_LEVEL, windowLog }) {
      const target = Buffer.allocUnsafe(binding.compressBound(bytes.length));
      const length = writerOf(level, windowLog).compress2(target, bytes);
      return plainView(target.subarray(0, length));
    },
    decompress(bytes, size) {
      const stored = checkZstdFrame(bytes, size);
      if (stored !== undefined) return stored;
      const target = new Uint8Array(size);
      const length = reader.decompress(target, bytes);
      if (length !== size) throw corrupt(`its stream holds ${length} bytes`);
      return target;
    },
  };
}
