import { NthrecError, type NthrecErrorCode } from "@nthrec/core";

/** Where reading may go on behind damage: a chunk is believed at a place, or one is to be searched from there. */
export interface Resumption {
  readonly how: "have" | "find";
  readonly position: number;
}

/** A chunk whose framing is damaged (formats/arrayrecord.md 2.7), and what 2.8 makes of it. */
export class DamagedChunk extends NthrecError {
  readonly resume: Resumption;

  constructor(
    message: string,
    begin: number,
    resume: Resumption,
    code: NthrecErrorCode = "NTH_CORRUPTION",
  ) {
    super(code, `the chunk at byte ${begin}: ${message}`, { offset: begin });
    this.resume = resume;
  }
}

/** Damage after which a chunk header is searched from `position` on. */
export function find(position: number): Resumption {
  return { how: "find", position };
}

/** Damage after which a chunk is believed to begin at `position`. */
export function have(position: number): Resumption {
  return { how: "have", position };
}
