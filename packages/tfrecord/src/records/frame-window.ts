import { type CrcInstance, MOST_ENDS, newCrcInstance } from "../crc32c/crc-module.ts";
import { crc32c } from "../crc32c/crc32c.ts";
import { maskedCrc } from "../crc32c/masked-crc.ts";
import { FRAME_BYTES, HEAD_BYTES, lengthAt, u32At } from "./frame.ts";

/** Bytes that are looked at in one piece. */
export const WINDOW_BYTES: number = 1024 * 1024;

/** Frames of one window of a file, checked many at a time. What was checked may be overwritten. */
export interface FrameWindow {
  /** Where the window is best read to; absent where that saves nothing. */
  readonly into?: Uint8Array | undefined;
  /** Where each frame of the last walk ends in the window. */
  readonly ends: Uint32Array;
  /** Looks at this window from now on. */
  show(window: Uint8Array): void;
  /**
   * Checks the whole frames from `from` on: payloads, and with `heads` the checksums of lengths. It stops at the first
   * frame that is cut or has no sound length, or when `ends` is full.
   *
   * @returns How many are sound; -1 - n where the payload of the n-th is not, whose end is written, too.
   */
  walk(from: number, heads: boolean): number;
  /** The checksum of `[start, end)` of the window, behind bytes with the checksum `before`. */
  sum(start: number, end: number, before: number): number;
}

/** In the memory of the WebAssembly module, without a call for each frame. */
class WasmFrameWindow implements FrameWindow {
  readonly into: Uint8Array;
  readonly ends: Uint32Array;
  readonly #crc: CrcInstance;
  #length = 0;

  constructor(crc: CrcInstance) {
    this.#crc = crc;
    this.into = crc.input.subarray(0, WINDOW_BYTES);
    this.ends = crc.ends;
  }

  show(window: Uint8Array): void {
    this.#length = window.length;
    if (window.buffer !== this.into.buffer) this.into.set(window);
  }

  walk(from: number, heads: boolean): number {
    return this.#crc.walk(from, this.#length, Number(heads));
  }

  sum(start: number, end: number, before: number): number {
    return ~this.#crc.update(start, end - start, ~before) >>> 0;
  }
}

/** Where WebAssembly is refused. */
class PlainFrameWindow implements FrameWindow {
  readonly ends: Uint32Array = new Uint32Array(MOST_ENDS);
  #window: Uint8Array = new Uint8Array(0);

  show(window: Uint8Array): void {
    this.#window = window;
  }

  walk(from: number, heads: boolean): number {
    const window = this.#window;
    let at = from;
    for (let count = 0; count < MOST_ENDS; count++) {
      if (window.length - at < FRAME_BYTES) return count;
      const crc = at + HEAD_BYTES + lengthAt(window, at, heads);
      if (!(crc + 4 <= window.length)) return count;
      this.ends[count] = crc + 4;
      const sound = maskedCrc(window.subarray(at + HEAD_BYTES, crc)) === u32At(window, crc);
      if (!sound) return -1 - count;
      at = crc + 4;
    }
    return MOST_ENDS;
  }

  sum(start: number, end: number, before: number): number {
    return crc32c(this.#window.subarray(start, end), before);
  }
}

/** Kept for the next scan: an instance takes longer to start than a short file to check. */
let idle: WasmFrameWindow | undefined;

/** A window that nobody else uses: scans that wait for reads go on side by side. */
export function takeFrameWindow(): FrameWindow {
  const kept = idle;
  idle = undefined;
  if (kept !== undefined) return kept;
  const crc = newCrcInstance();
  return crc === null ? new PlainFrameWindow() : new WasmFrameWindow(crc);
}

/** Ends the use of a window. */
export function returnFrameWindow(window: FrameWindow): void {
  if (window instanceof WasmFrameWindow) idle = window;
}
