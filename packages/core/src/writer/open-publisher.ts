import { checkAmount, checkChoice, NthrecError } from "../errors.ts";
import { Creation } from "../journal/creation.ts";
import { Journal, journalSetup } from "../journal/journal.ts";
import type { JournalHost, JournalOptions } from "../journal/journal-host.ts";
import type { Publisher } from "../journal/publisher.ts";
import { DEFAULT_MAGIC, HEADER_BYTES, judgeHeader } from "../offsets/idv1.ts";
import { createEntry, type StepPlan } from "../plan/step.ts";
import { checkApart, otherWord } from "../reader/place.ts";
import { type DataOutput, isStoreEntry } from "../resolve/data-input.ts";
import { kindOf, resolveEntry } from "../resolve/resolve.ts";
import type { ByteSink } from "../sink/byte-sink.ts";
import type { ByteSource } from "../source/byte-source.ts";
import { isLiveStore, type LiveStore, type StoreEntry } from "../store/byte-store.ts";
import { UrlStore } from "../store/url-store.ts";
import { SinkPublisher } from "./sink-publisher.ts";
import type { WriterOptions } from "./writer-options.ts";

const LOCK_TIMEOUT_MS = 10_000;
const FALLBACK_SUFFIX = ".idv1";

/** Finds out where a writer's batches go, and makes what publishes them. Nothing is changed yet. */
export function* openPublisher(
  data: DataOutput,
  options: WriterOptions,
  host: JournalHost,
  suffix: string,
): StepPlan<Publisher> {
  checkOptions(options);
  const kind = options.lock ?? "generation";
  if (!isLocation(data)) {
    checkSink(data);
    return toSink(data, options, host, false);
  }
  const entry = resolveEntry(data);
  if (entry.store instanceof UrlStore) {
    throw new NthrecError(
      "NTH_READONLY",
      `${entry.name} lies on a web server: write to a file and upload it`,
      {
        source: entry.name,
      },
    );
  }
  if (!isLiveStore(entry.store)) {
    if (options.mode === "append") throw notLive(entry);
    const { index } = options;
    if (index !== undefined && index !== "none") checkApart(resolveEntry(index), entry);
    return toSink(yield* createEntry(entry.store, entry.name), options, host, true);
  }
  const live = { store: entry.store, name: entry.name };
  const setup = journalSetup(live, indexOf(live, options, suffix), host, { kind });
  const journal = journalOptions(options);
  if (options.mode !== "append") return new Creation(setup, journal);
  return new Journal(setup, { ...journal, exclusive: options.exclusive === true });
}

/** An option that is mistyped must not mean another mode, lock, or promise. @throws {@link TypeError} */
function checkOptions(options: WriterOptions): void {
  const { durability, lock, mode, tornTail } = options;
  if (options.index === "memory") throw otherWord("writer", "none");
  checkChoice("mode", mode, ["write", "append"]);
  checkChoice("lock", lock, ["generation", "kernel"]);
  checkChoice("tornTail", tornTail, ["quarantine", "error"]);
  checkAmount("lockTimeoutMs", options.lockTimeoutMs);
  checkAmount("highWaterMark", options.highWaterMark);
  if (typeof durability !== "object" || durability === null) {
    checkChoice("durability", durability, ["process", "disk"]);
  } else checkAmount("everyMs of durability", durability.everyMs ?? Number.NaN);
}

function journalOptions(options: WriterOptions): JournalOptions {
  return {
    durability: options.durability ?? "process",
    tornTail: options.tornTail ?? "quarantine",
    lockTimeoutMs: options.lockTimeoutMs ?? LOCK_TIMEOUT_MS,
    onRecovery: options.onRecovery,
  };
}

/** The place of the index: another program's file keeps its name, unless the caller gave ours that name. */
function indexOf(
  data: StoreEntry<LiveStore>,
  options: WriterOptions,
  suffix: string,
): StoreEntry<LiveStore> | undefined {
  if (options.index === "none") return undefined;
  if (options.index !== undefined) {
    const index = liveOf(resolveEntry(options.index));
    checkApart(index, data);
    return index;
  }
  const usual = { store: data.store, name: data.name + suffix };
  if (!isForeign(usual)) return usual;
  const other = { store: data.store, name: data.name + FALLBACK_SUFFIX };
  return isForeign(other) ? undefined : other;
}

function isForeign({ store, name }: StoreEntry<LiveStore>): boolean {
  if (store.statSync(name) === undefined) return false;
  const source = store.openSync(name);
  try {
    const header = source.readSync(0, Math.min(HEADER_BYTES, source.size));
    return judgeHeader(header, source.size, 0, DEFAULT_MAGIC).state === "foreign";
  } finally {
    source.closeSync();
  }
}

function toSink(
  sink: ByteSink,
  options: WriterOptions,
  host: JournalHost,
  owned: boolean,
): Publisher {
  const append = options.mode === "append";
  const source = append ? asSource(sink) : undefined;
  const named = options.index !== undefined && options.index !== "none";
  const index = named ? resolveEntry(options.index as string | URL | StoreEntry) : undefined;
  const durable = options.durability === "disk";
  return new SinkPublisher({ sink, source, index, owned, durable }, host);
}

function asSource(sink: ByteSink): ByteSource {
  const both = sink as ByteSink & Partial<ByteSource>;
  if (typeof both.read === "function" && typeof both.size === "number")
    return both as ByteSink & ByteSource;
  throw new NthrecError(
    "NTH_NOT_SUPPORTED",
    `${sink.name} can only be written: to append, pass a path, an entry of a store, or a sink that is also a source`,
    { source: sink.name },
  );
}

function checkSink(data: unknown): void {
  if (typeof (data as Partial<ByteSink> | null | undefined)?.write === "function") return;
  throw new TypeError(
    `expected a path, a file: URL, a ByteSink or { store, name }, not ${kindOf(data)}`,
  );
}

function isLocation(data: DataOutput): data is string | URL | StoreEntry {
  return typeof data === "string" || data instanceof URL || isStoreEntry(data);
}

function liveOf({ store, name }: StoreEntry): StoreEntry<LiveStore> {
  if (isLiveStore(store)) return { store, name };
  throw notLive({ store, name });
}

function notLive(entry: StoreEntry): NthrecError {
  return new NthrecError(
    "NTH_NOT_SUPPORTED",
    `${entry.name} lies in ${entry.store.name}, whose files cannot be changed in place: append needs a directory or a MemoryStore`,
    { source: entry.name },
  );
}
