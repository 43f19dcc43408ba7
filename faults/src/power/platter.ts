import { MemoryStore } from "@nthrec/core";
import type { Random } from "../harness/random.ts";
import type { DiskEvent } from "./trace-store.ts";

/** What a power cut leaves. */
export interface Survival {
  /** Events that are on the disk in any case. */
  readonly safe: number;
  /** Whether later flushes count. */
  readonly synced: boolean;
  /**
   * What is left of writes that were not flushed: any of them, or of each file the first ones, or the first ones of a
   * file that only grows, and any of one that is written to elsewhere.
   */
  readonly left: "any" | "beginning" | "grown";
}

type Change = Extract<DiskEvent, { readonly op: "write" | "truncate" }>;
type Naming = Extract<DiskEvent, { readonly op: "name" | "rename" | "remove" }>;

interface File {
  bytes: Uint8Array;
  modified: number;
}

/**
 * A disk whose power was cut after some events of a trace: flushed writes are on it, of the others what the model says,
 * one of them cut at any byte; holes are zeros. Names survive up to any point behind their last flush, in order.
 */
export function cutPower(
  events: readonly DiskEvent[],
  random: Random,
  survival: Survival,
): MemoryStore {
  const files = new Map<number, File>();
  for (const inode of inodesOf(events))
    files.set(inode, contentOf(inode, events, random, survival));
  return storeOf(namesOf(events, random, survival), files);
}

/** The disk after all of `events`, and `bytes` bytes of the write behind them: what a kill leaves. */
export function tear(events: readonly DiskEvent[], torn?: DiskEvent, bytes = 0): MemoryStore {
  const all = torn?.op === "write" ? [...events, shortened(torn, bytes)] : events;
  const files = new Map<number, File>();
  const names = new Map<string, number>();
  for (const event of all) {
    if (event.op === "write" || event.op === "truncate") {
      const file = files.get(event.inode) ?? { bytes: new Uint8Array(0), modified: 0 };
      files.set(event.inode, file);
      apply(file, event);
    } else if (isNaming(event)) give(names, event);
  }
  return storeOf(names, files);
}

function shortened(event: Extract<DiskEvent, { op: "write" }>, bytes: number): DiskEvent {
  return { ...event, bytes: event.bytes.slice(0, bytes) };
}

function inodesOf(events: readonly DiskEvent[]): Set<number> {
  return new Set(events.flatMap((event) => ("inode" in event ? [event.inode] : [])));
}

function contentOf(
  inode: number,
  events: readonly DiskEvent[],
  random: Random,
  { safe: sure, synced, left: model }: Survival,
): File {
  let safe: Change[] = [];
  let open: Change[] = [];
  for (const [i, event] of events.entries()) {
    if (!("inode" in event) || event.inode !== inode || event.op === "name") continue;
    if (event.op !== "flush") (i < sure ? safe : open).push(event);
    else if (synced) [safe, open] = [[...safe, ...open], []];
  }
  const inOrder = model === "beginning" || (model === "grown" && onlyGrows(safe, open));
  const left = inOrder ? beginningOf(open, random) : someOf(open, random);
  const file: File = { bytes: new Uint8Array(0), modified: 0 };
  for (const change of [...safe, ...left]) apply(file, change);
  // A size can reach the disk before the bytes.
  if (model === "any" && random.next() < 0.2) extend(file, open);
  // fdatasync need not bring the time of the last change to disk.
  if (random.next() < 0.3) file.modified = random.pick([0, ...safe.map(({ at }) => at), 1e9]);
  return file;
}

/** Whether every change is a write at the end that the file has by then. */
function onlyGrows(safe: readonly Change[], open: readonly Change[]): boolean {
  const file: File = { bytes: new Uint8Array(0), modified: 0 };
  for (const change of safe) apply(file, change);
  return open.every((change) => {
    const grows = change.op === "write" && change.position === file.bytes.length;
    apply(file, change);
    return grows;
  });
}

function someOf(open: readonly Change[], random: Random): Change[] {
  const share = random.pick([0, 0.3, 0.5, 0.8, 1]);
  const left = open.filter(() => random.next() < share);
  if (left.length === 0 || random.next() < 0.5) return left;
  const torn = random.below(left.length);
  return left.map((change, i) => (i === torn ? cut(change, random) : change));
}

function beginningOf(open: readonly Change[], random: Random): Change[] {
  const left = open.slice(0, random.below(open.length + 1));
  const last = left.pop();
  return last === undefined ? [] : [...left, cut(last, random)];
}

function cut(change: Change, random: Random): Change {
  if (change.op !== "write") return change;
  return { ...change, bytes: change.bytes.slice(0, random.below(change.bytes.length + 1)) };
}

function apply(file: File, change: Change): void {
  const end = change.op === "write" ? change.position + change.bytes.length : change.size;
  const size = change.op === "write" ? Math.max(file.bytes.length, end) : end;
  resize(file, size);
  if (change.op === "write") file.bytes.set(change.bytes, change.position);
  file.modified = change.at;
}

function resize(file: File, size: number): void {
  const bytes = new Uint8Array(size);
  bytes.set(file.bytes.subarray(0, size));
  file.bytes = bytes;
}

function extend(file: File, open: readonly Change[]): void {
  const ends = open.map((change) =>
    change.op === "write" ? change.position + change.bytes.length : change.size,
  );
  resize(file, Math.max(file.bytes.length, ...ends));
}

function namesOf(
  events: readonly DiskEvent[],
  random: Random,
  { safe: sure, synced }: Survival,
): Map<string, number> {
  const namings: Naming[] = [];
  let safe = 0;
  for (const [i, event] of events.entries()) {
    if (isNaming(event)) namings.push(event);
    if (i < sure || (synced && event.op === "flush names")) safe = namings.length;
  }
  const names = new Map<string, number>();
  const left = namings.slice(0, safe + random.below(namings.length - safe + 1));
  for (const naming of left) give(names, naming);
  return names;
}

function isNaming(event: DiskEvent): event is Naming {
  return event.op === "name" || event.op === "rename" || event.op === "remove";
}

function give(names: Map<string, number>, naming: Naming): void {
  if (naming.op === "name") names.set(naming.name, naming.inode);
  else if (naming.op === "remove") names.delete(naming.name);
  else {
    names.set(naming.to, names.get(naming.from) as number);
    names.delete(naming.from);
  }
}

/** A store with these files, each with the inode and the time that it had. */
function storeOf(
  names: ReadonlyMap<string, number>,
  files: ReadonlyMap<number, File>,
): MemoryStore {
  const byInode = new Map([...names].map(([name, inode]) => [inode, name]));
  const most = Math.max(0, ...files.keys(), ...names.values());
  const entries: [string, Uint8Array][] = [];
  const times: number[] = [];
  for (let inode = 1; inode <= most; inode++) {
    const file = files.get(inode) ?? { bytes: new Uint8Array(0), modified: 0 };
    entries.push([byInode.get(inode) ?? `.nobody-${inode}`, file.bytes]);
    times.push(file.modified);
  }
  let later = 2e9;
  const store = new MemoryStore({ entries, now: () => times.shift() ?? ++later });
  for (const name of store.listSync()) if (name.startsWith(".nobody-")) store.removeSync(name);
  return store;
}
