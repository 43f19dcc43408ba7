import { checkChoice, NthrecError } from "../errors.ts";
import { close, openEntry, read, type StepPlan } from "../plan/step.ts";
import { type DataInput, isStoreEntry } from "../resolve/data-input.ts";
import { openResolved, resolveEntry, resolveInput } from "../resolve/resolve.ts";
import type { ByteSource } from "../source/byte-source.ts";
import type { HttpOptions } from "../source/http-options.ts";
import { isLiveStore, type LiveFile, type StoreEntry } from "../store/byte-store.ts";
import { UrlStore } from "../store/url-store.ts";
import type { AbortOptions } from "../types.ts";
import { checkMagic, DEFAULT_MAGIC, HEADER_BYTES, headerDataSize, judgeBeginning } from "./idv1.ts";
import type { OpenedIndex } from "./index-core.ts";
import { InPlaceEditor, ReplacingEditor } from "./index-editor.ts";
import { loadOffsets } from "./index-file.ts";
import { OffsetTable } from "./offset-table.ts";

/** How an index is opened: to read; to change one that exists; to make a new one; to go on, with a new one if need be. */
export type IndexMode = "r" | "r+" | "w" | "a";

/** How an index is opened, and what it looks like. */
export interface IndexHandlerOptions extends AbortOptions {
  /**
   * `"r"` reads; `"r+"` also changes an index that exists; `"a"` does and makes a missing one; `"w"` makes a new one,
   * which takes the old one's place at the first commit. @default "r"
   */
  readonly mode?: IndexMode | undefined;
  /** The four characters that the header begins with. @default "IDV1" */
  readonly magic?: string | undefined;
  /** `false`: no header, and numbers in any order: a bare array of 64-bit numbers. @default true */
  readonly header?: boolean | undefined;
  /** Offsets all in memory (8 bytes each), or page by page as they are needed. @default "auto": paged beyond 8 MiB */
  readonly offsets?: "auto" | "resident" | "paged" | undefined;
  /** Bytes of a page, a power of two from 8 on. @default 65536, over a network 16384 */
  readonly pageSize?: number | undefined;
  /** How http(s) URLs are fetched. */
  readonly http?: HttpOptions | undefined;
}

/** Opens an index. @throws {@link NthrecError} as `IndexHandler.open` */
export function* openIndex(index: DataInput, options: IndexHandlerOptions): StepPlan<OpenedIndex> {
  const { mode = "r", pageSize, header } = options;
  checkChoice("offsets", options.offsets, ["auto", "resident", "paged"]);
  const magic = header === false ? undefined : checkMagic(options.magic ?? DEFAULT_MAGIC);
  const pageLength = pageSize === undefined ? undefined : pageSize / 8;
  const layout = { base: magic === undefined ? 0 : HEADER_BYTES, rising: magic !== undefined };
  if (mode === "r") {
    const resolved = resolveInput(index, options.http);
    const source = yield* openResolved(resolved, options);
    const load = { ...layout, pageLength, offsets: options.offsets, remote: resolved.remote };
    const opened = yield* closing(
      resolved.owned ? source : undefined,
      loadIndex(source, magic, load),
    );
    return { ...opened, source: resolved.owned ? source : undefined };
  }
  const entry = writable(index, mode);
  if (mode === "w") {
    const table = new OffsetTable(pageLength, layout.rising);
    const editor = new ReplacingEditor(entry, magic);
    const nothing = { pages: undefined, source: undefined, header: new Uint8Array(0), size: 0 };
    return { name: entry.name, magic, table, editor, ...nothing };
  }
  const file = edited(entry, mode);
  return yield* editing(file, entry, magic, { ...layout, pageLength, offsets: options.offsets });
}

function* loadIndex(
  source: ByteSource,
  magic: string | undefined,
  options: Parameters<typeof loadOffsets>[2] & { readonly base: number },
): StepPlan<OpenedIndex> {
  const { name, size } = source;
  const header = new Uint8Array(yield* read(source, 0, Math.min(options.base, size)));
  const bad = magic === undefined ? undefined : judgeBeginning(header, size, magic);
  if (bad !== undefined && bad.state !== "stale") {
    const code = bad.state === "foreign" ? "NTH_INDEX_FOREIGN" : "NTH_INDEX_INVALID";
    throw new NthrecError(code, `${name} is no index that can be used: ${bad.reason}`, {
      source: name,
    });
  }
  const length = Math.max(0, Math.floor((size - options.base) / 8));
  const loaded = yield* loadOffsets(source, length, options);
  return { name, magic, ...loaded, editor: undefined, source, header, size };
}

function* editing(
  file: LiveFile,
  entry: StoreEntry,
  magic: string | undefined,
  options: Parameters<typeof loadOffsets>[2] & { readonly base: number },
): StepPlan<OpenedIndex> {
  try {
    const source = yield* openEntry(entry.store, entry.name);
    const opened = yield* closing(source, loadIndex(source, magic, options));
    const { table, pages, header } = opened;
    // What is appended goes on in the last page.
    if (pages !== undefined && table.length > 0) {
      yield* closing(source, pages.loadPage(table.pageCount - 1));
      table.settle();
    }
    const stated = header.length < HEADER_BYTES ? -1 : headerDataSize(header);
    return { ...opened, editor: new InPlaceEditor(file, magic, table.length, stated) };
  } catch (error) {
    file.closeSync();
    throw error;
  }
}

/** Closes `source` if the plan fails. */
function* closing<R>(source: ByteSource | undefined, plan: StepPlan<R>): StepPlan<R> {
  try {
    return yield* plan;
  } catch (error) {
    if (source !== undefined) yield* close(source);
    throw error;
  }
}

function edited({ store, name }: StoreEntry, mode: "r+" | "a"): LiveFile {
  if (isLiveStore(store)) return store.editSync(name, { create: mode === "a" });
  throw new NthrecError(
    "NTH_NOT_SUPPORTED",
    `${name} lies in ${store.name}, whose files cannot be changed in place: write a new index with mode "w"`,
    { source: name },
  );
}

function writable(index: DataInput, mode: IndexMode): StoreEntry {
  if (mode !== "r+" && mode !== "w" && mode !== "a") {
    throw new TypeError(
      `an index is opened in mode "r", "r+", "w" or "a", not ${JSON.stringify(mode)}`,
    );
  }
  if (typeof index !== "string" && !(index instanceof URL) && !isStoreEntry(index)) {
    throw new TypeError("an index that is written is named by a path, a URL or { store, name }");
  }
  const entry = resolveEntry(index);
  if (!(entry.store instanceof UrlStore)) return entry;
  throw new NthrecError("NTH_READONLY", `${entry.name} lies on a web server: it can only be read`, {
    source: entry.name,
  });
}
