import type { NthrecErrorCode } from "@nthrec/core";
import type { PieceReport } from "./piece-copier.ts";

/** What a worker thread is told. */
export type ToWorker = { readonly piece: number } | "stop" | "end";

/** What a worker thread tells. */
export type FromWorker =
  | { readonly taken: number }
  | { readonly report: PieceReport }
  | {
      readonly failure: {
        readonly message: string;
        readonly code: NthrecErrorCode | undefined;
        readonly usage: boolean;
      };
    };
