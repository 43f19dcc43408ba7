import type { ByteWriter } from "../bytes/byte-writer.ts";
import type { FormatHooks, TailPolicy } from "../offsets/format-hooks.ts";
import type { ByteSource } from "../source/byte-source.ts";
import type { ReadPlan } from "../types.ts";

/** How far a commit's promise goes: through a crash of the process, or of the machine. */
export type Durability = "process" | "disk" | { readonly everyMs: number };

/** What a recovery found and did; nothing of it is silent. */
export interface RecoveryReport {
  /** Path of the data. */
  readonly source: string;
  /** Records of a stopped writer's batch that was whole and is published now. */
  readonly rolledForward: number;
  /** Bytes of a stopped writer's batch that was not whole. */
  readonly rolledBack: number;
  /** Records that another program had appended. */
  readonly adopted: number;
  /** Bytes that went to `<data>.torn`, those rolled back included. */
  readonly quarantined: number;
  /** Bytes by which the data are shorter than their seal says: lost before this recovery. */
  readonly lost: number;
  /** Whether the index was made anew. */
  readonly indexRebuilt: boolean;
}

/** What the journal needs of a format. */
export interface JournalHost {
  /** The format's name, as the seal keeps it. */
  readonly format: string;
  /** The reader's side of the format, over some bytes. */
  reader(source: ByteSource, tail: TailPolicy): FormatHooks;
  /** Bytes that complete the unterminated end of the data to a record, or `undefined` when it is torn. */
  adopt(rest: Uint8Array, sealed: boolean): Uint8Array | undefined;
  /** Reads what the format must know of the committed state before it adds to it; absent when it needs nothing. */
  readonly resume: ((reader: FormatHooks, out: ByteWriter) => ReadPlan<void>) | undefined;
  /** Completes a batch, after which the file will have `length` records, and with which the writer closes or not. */
  commit(out: ByteWriter, length: number, closing: boolean): void;
}

/** How a journal behaves. */
export interface JournalOptions {
  readonly durability: Durability;
  /** What happens to an end of the data that is no record. */
  readonly tornTail: "quarantine" | "error";
  /** Longest wait for another writer, ms. */
  readonly lockTimeoutMs: number;
  readonly onRecovery: ((report: RecoveryReport) => void) | undefined;
}
