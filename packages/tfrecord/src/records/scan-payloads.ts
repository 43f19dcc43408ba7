import type { OffsetTable, ReadPlan } from "@nthrec/core";
import { mask } from "../crc32c/masked-crc.ts";
import { FRAME_BYTES, HEAD_BYTES, lengthAt, u32At } from "./frame.ts";
import {
  type FrameWindow,
  returnFrameWindow,
  takeFrameWindow,
  WINDOW_BYTES,
} from "./frame-window.ts";
import { type FrameScan, refused } from "./scan-frames.ts";

/** A record whose payload goes on behind the window. */
interface CutRecord {
  readonly start: number;
  /** Where its payload ends. */
  readonly end: number;
  /** The checksum of what was seen of it. */
  crc: number;
}

/** {@link scanHeads}, reading everything once and checking the payloads, too. */
export function* scanPayloads(
  offsets: OffsetTable,
  start: number,
  scan: FrameScan,
): ReadPlan<number> {
  const frames = takeFrameWindow();
  try {
    return yield* new PayloadScan(offsets, scan, frames).run(start);
  } finally {
    returnFrameWindow(frames);
  }
}

/** One pass over a file. */
class PayloadScan {
  readonly #offsets: OffsetTable;
  readonly #scan: FrameScan;
  readonly #frames: FrameWindow;
  #cut: CutRecord | undefined;
  /** Where the scan ends, once it knows. */
  #stopped: number | undefined;

  constructor(offsets: OffsetTable, scan: FrameScan, frames: FrameWindow) {
    this.#offsets = offsets;
    this.#scan = scan;
    this.#frames = frames;
  }

  *run(start: number): ReadPlan<number> {
    const { end } = this.#scan;
    const { into } = this.#frames;
    let at = start;
    while (this.#cut !== undefined || end - at >= HEAD_BYTES) {
      const window = yield { start: at, end: Math.min(at + WINDOW_BYTES, end), into };
      this.#frames.show(window);
      const from = this.#cut === undefined ? 0 : this.#goOn(this.#cut, window, at);
      at += this.#cut === undefined ? this.#whole(window, at, from) : from;
      if (this.#stopped !== undefined) return this.#stopped;
    }
    return at;
  }

  /** Goes on with a record that the window before has cut; answers how much of this one it took. */
  #goOn(cut: CutRecord, window: Uint8Array, base: number): number {
    const from = Math.min(cut.end - base, window.length);
    cut.crc = this.#frames.sum(0, from, cut.crc);
    if (from + 4 > window.length) return from;
    this.#cut = undefined;
    if (mask(cut.crc) !== u32At(window, from)) this.#damaged(cut.start, cut.end + 4);
    else this.#offsets.push(cut.start);
    return from + 4;
  }

  /** Takes the records that begin from `from` on; answers how much of the window is done with. */
  #whole(window: Uint8Array, base: number, from: number): number {
    const { ends } = this.#frames;
    let at = from;
    for (let full = true; full && this.#stopped === undefined; ) {
      const count = this.#frames.walk(at, this.#scan.heads);
      const sound = count < 0 ? -1 - count : count;
      for (let i = 0; i < sound; i++) {
        this.#offsets.push(base + at);
        at = ends[i] as number;
      }
      if (count < 0) this.#damaged(base + at, base + (ends[sound] as number));
      full = sound === ends.length;
    }
    if (this.#stopped !== undefined || window.length - at < HEAD_BYTES) return at;
    return this.#begin(window, base, at);
  }

  /** Judges the record at `at`, which the walk did not take: it is cut by the window or by the file, or damaged. */
  #begin(window: Uint8Array, base: number, at: number): number {
    const length = lengthAt(window, at, this.#scan.heads);
    const start = base + at;
    if (!(start + FRAME_BYTES + length <= this.#scan.end)) {
      this.#stopped = refused(this.#scan, start, length, window.subarray(at));
      return at;
    }
    const payload = at + HEAD_BYTES;
    const seen = Math.min(payload + length, window.length);
    const crc = this.#frames.sum(payload, seen, 0);
    this.#cut = { start, end: start + HEAD_BYTES + length, crc };
    return seen;
  }

  #damaged(at: number, next: number): void {
    this.#stopped = at;
    this.#scan.damaged(at, "payload", new Uint8Array(0), next);
  }
}
