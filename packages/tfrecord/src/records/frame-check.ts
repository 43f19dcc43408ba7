import type { PlainFrames } from "@nthrec/core";
import { crcParts } from "../crc32c/crc32c.ts";
import { mask } from "../crc32c/masked-crc.ts";
import { FRAME_BYTES, HEAD_BYTES, lengthAt, u32At } from "./frame.ts";
import type { ChecksumLevel } from "./record-options.ts";
import { isPayloadSound } from "./scan-frames.ts";

/** Frames below this size are checked where a whole window lies in the module's memory: nothing there is overwritten. */
const SHORT_BYTES = 512;

/** Looks at many frames at once, as reading each of them would. */
export class FrameCheck implements PlainFrames {
  readonly before: number = HEAD_BYTES;
  readonly behind: number = FRAME_BYTES - HEAD_BYTES;
  readonly #level: ChecksumLevel;

  constructor(level: ChecksumLevel) {
    this.#level = level;
  }

  /** How many of the frames `window[bounds[i], bounds[i + 1])` are sound before the first that is not. */
  check(window: Uint8Array, bounds: Uint32Array, count: number): number {
    const heads = this.#level !== "none";
    let largest = 0;
    let sound = 0;
    for (; sound < count; sound++) {
      const at = bounds[sound] as number;
      const size = (bounds[sound + 1] as number) - at - FRAME_BYTES;
      if (size < 0 || lengthAt(window, at, heads) !== size) break;
      if (size > largest) largest = size;
    }
    if (this.#level !== "payload" || sound === 0) return sound;
    const total = bounds[sound] as number;
    const parts = largest < SHORT_BYTES ? crcParts(window, total) : undefined;
    return soundPayloads(window, bounds, sound, parts);
  }
}

function soundPayloads(
  window: Uint8Array,
  bounds: Uint32Array,
  count: number,
  parts: ReturnType<typeof crcParts>,
): number {
  for (let i = 0; i < count; i++) {
    const at = bounds[i] as number;
    const end = (bounds[i + 1] as number) - 4;
    const size = end - at - HEAD_BYTES;
    const sound =
      parts === undefined
        ? isPayloadSound(window, at, size)
        : mask(~parts(at + HEAD_BYTES, size, -1)) === u32At(window, end);
    if (!sound) return i;
  }
  return count;
}
