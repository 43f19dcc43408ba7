import type { DecodedChunks, DecodeJob, EncodedChunks, EncodeJob } from "./chunk-jobs.ts";

/** Threads that encode and decode chunks. They start with the first job, and end with `close`. */
export interface ChunkThreads {
  /** How many there are. */
  readonly count: number;
  /** @throws {@link NthrecError} as encoding does; `NTH_IO_ERROR` when a thread dies, `NTH_NOT_OPEN` after `close` */
  encode(job: EncodeJob): Promise<EncodedChunks>;
  /** @throws {@link NthrecError} `NTH_IO_ERROR` when a thread dies, `NTH_NOT_OPEN` after `close` */
  decode(job: DecodeJob): Promise<DecodedChunks>;
  /** Ends the threads; jobs under way fail. */
  close(): Promise<void>;
}

/** A job on its way to a thread. */
export type ThreadJob = { readonly id: number } & (
  | { readonly encode: EncodeJob }
  | { readonly decode: DecodeJob }
);

/** What a thread answers. */
export type ThreadAnswer = { readonly id: number } & (
  | { readonly encoded: EncodedChunks }
  | { readonly decoded: DecodedChunks }
  | { readonly failure: { readonly code: string | undefined; readonly message: string } }
);
