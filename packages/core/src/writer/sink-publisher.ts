import { ByteWriter } from "../bytes/byte-writer.ts";
import { NthrecError } from "../errors.ts";
import type { JournalHost } from "../journal/journal-host.ts";
import type { PendingBatch } from "../journal/pending.ts";
import type { Publisher } from "../journal/publisher.ts";
import { composeBatch } from "../journal/write-set.ts";
import { DEFAULT_MAGIC } from "../offsets/idv1.ts";
import { OffsetTable } from "../offsets/offset-table.ts";
import { newScratch, scan } from "../offsets/scan.ts";
import { TempIndex } from "../offsets/temp-index.ts";
import { readsOf, type StepPlan } from "../plan/step.ts";
import type { ByteSink } from "../sink/byte-sink.ts";
import type { ByteSource } from "../source/byte-source.ts";
import { MemorySource } from "../source/memory-source.ts";
import type { StoreEntry } from "../store/byte-store.ts";

/** How a sink is written. */
export interface SinkSetup {
  readonly sink: ByteSink;
  /** The sink's own bytes when it is continued. */
  readonly source: ByteSource | undefined;
  /** Where the offsets are published when the writer is closed. */
  readonly index: StoreEntry | undefined;
  /** Whether the sink is closed with the writer. */
  readonly owned: boolean;
  readonly durable: boolean;
}

/** Writes to a sink that has no neighbours: no seal, no lock, no other writers. */
export class SinkPublisher implements Publisher {
  readonly shared = false;
  readonly #setup: SinkSetup;
  readonly #host: JournalHost;
  readonly #offsets: OffsetTable = new OffsetTable();
  #head: ByteWriter = new ByteWriter(0);
  #headWritten = false;
  #end = 0;
  #size = 0;
  #records = 0;
  #closed = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(setup: SinkSetup, host: JournalHost) {
    this.#setup = setup;
    this.#host = host;
  }

  get name(): string {
    return this.#setup.sink.name;
  }

  get records(): number {
    return this.#records;
  }

  get fresh(): boolean {
    return !this.#headWritten;
  }

  *open(): StepPlan<void> {
    const { sink, source } = this.#setup;
    const bytes = source ?? new MemorySource(new Uint8Array(0), { name: sink.name });
    const format = this.#host.reader(bytes, "error");
    yield* readsOf(bytes, format.open(), newScratch());
    if (source !== undefined) {
      const { end } = yield* scan(format, this.#offsets, format.begin);
      this.#end = end;
      this.#size = source.size;
      this.#records = this.#offsets.length;
    }
    this.#head = new ByteWriter(this.#end);
    if (this.#host.resume !== undefined) {
      yield* readsOf(bytes, this.#host.resume(format, this.#head), newScratch());
    }
  }

  *commit(take: () => PendingBatch): StepPlan<number> {
    this.#check();
    const batch = take();
    batch.out.rebase(this.#end + this.#headLength + batch.ahead);
    this.#host.commit(batch.out, this.#records + batch.records, batch.closing);
    const committed = { size: this.#size, records: this.#records, end: this.#end };
    const head = this.#headWritten ? undefined : this.#head;
    const set = composeBatch(batch, committed, head, this.#headWritten);
    let at = set.position;
    for (const chunk of set.chunks) {
      yield* this.#write(at, chunk);
      at += chunk.length;
    }
    if (set.next.size < this.#size) yield* this.#truncate(set.next.size);
    for (const { position, bytes } of [...set.written, ...set.published]) {
      yield* this.#write(position, bytes);
    }
    if (this.#setup.durable) yield { op: "flush", file: this.#setup.sink };
    const first = this.#records;
    this.#keep(batch, set.base);
    this.#headWritten = true;
    this.#end = set.next.end;
    this.#size = set.next.size;
    this.#records = set.next.records;
    return first;
  }

  *ahead(batch: PendingBatch): StepPlan<void> {
    this.#check();
    if (this.#end < this.#size) return;
    const head = this.#headWritten ? undefined : this.#head;
    const base = this.#end + this.#headLength;
    const position = base + batch.ahead;
    // A copy: records appended while the sink is slow take the place of these bytes.
    const bytes = new Uint8Array(batch.out.view());
    this.#keep(batch, base);
    batch.wroteAhead();
    try {
      if (head !== undefined) yield* this.#write(this.#end, head.view());
      yield* this.#write(position, bytes);
    } catch (error) {
      // The bytes are gone, and what follows them would be out of place.
      this.#failure = { error };
      throw error;
    }
    if (head !== undefined) this.#end += head.length;
    this.#headWritten = true;
  }

  *close(): StepPlan<void> {
    if (this.#closed) return;
    this.#closed = true;
    const { index, owned, sink } = this.#setup;
    // Offsets of records that were written ahead of a commit that never came.
    this.#offsets.truncate(this.#records);
    try {
      if (index !== undefined && this.#failure === undefined) yield* this.#publishIndex(index);
    } finally {
      if (owned) yield { op: "close", resource: sink };
    }
  }

  *#publishIndex(index: StoreEntry): StepPlan<void> {
    const temp = new TempIndex(index, DEFAULT_MAGIC);
    try {
      yield* temp.publish(this.#offsets, this.#size);
    } finally {
      yield* temp.discard();
    }
  }

  #check(): void {
    if (this.#closed) {
      throw new NthrecError("NTH_NOT_OPEN", `${this.name} is closed`, { source: this.name });
    }
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Bytes that `_resume` wrote and that are not counted in `#end` yet. */
  get #headLength(): number {
    return this.#headWritten ? 0 : this.#head.length;
  }

  #keep(batch: PendingBatch, base: number): void {
    if (this.#setup.index === undefined) return;
    for (const offset of batch.offsets) this.#offsets.push(base + offset);
  }

  *#write(position: number, bytes: Uint8Array): StepPlan<void> {
    if (bytes.length > 0) yield { op: "write", sink: this.#setup.sink, position, bytes };
  }

  *#truncate(size: number): StepPlan<void> {
    yield { op: "truncate", sink: this.#setup.sink, size };
  }
}
