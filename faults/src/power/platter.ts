import { MemoryStore } from "@nthrec/core";
import type { Random } from "../harness/random.ts";
import type { DiskEvent } from "./trace-store.ts";

/** Which flushes count. */
export interface Survival {
  /** Events that are on the disk in any case. */
  readonly safe: number;
  /** Whether later flushes count; without them any beginning of each file's history may be what is left. */
  readonly synced: boolean;
}

type Change = Extract<DiskEvent, { readonly op: "write" | "truncate" }>;
type Naming = Extract<DiskEvent, { readonly op: "name" | "rename" | "remove" }>;

interface File {
  bytes: Uint8Array;
  modified: number;
}

/**
 * A disk whose power was cut after some events of a trace: flushed writes are on it, of the others any subset, one of
 * them cut at any byte; holes are zeros. Names survive up to any point behind their last flush, in order.
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

function inodesOf(events: readonly DiskEvent[]): Set<number> {
  return new Set(events.flatMap((event) => ("inode" in event ? [event.inode] : [])));
}

function contentOf(
  inode: number,
  events: readonly DiskEvent[],
  random: Random,
  { safe: sure, synced }: Survival,
): File {
  let safe: Change[] = [];
  let open: Change[] = [];
  for (const [i, event] of events.entries()) {
    if (!("inode" in event) || event.inode !== inode || event.op === "name") continue;
    if (event.op !== "flush") (i < sure ? safe : open).push(event);
    else if (synced) [safe, open] = [[...safe, ...open], []];
  }
  const left = synced ? someOf(open, random) : beginningOf(open, random);
  const file: File = { bytes: new Uint8Array(0), modified: 0 };
  for (const change of [...safe, ...left]) apply(file, change);
  // fdatasync need not bring the time of the last change to disk.
  if (random.next() < 0.3) file.modified = random.pick([0, ...safe.map(({ at }) => at), 1e9]);
  return file;
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
  const bytes = new Uint8Array(size);
  bytes.set(file.bytes.subarray(0, size));
  if (change.op === "write") bytes.set(change.bytes, change.position);
  file.bytes = bytes;
  file.modified = change.at;
}

function namesOf(
  events: readonly DiskEvent[],
  random: Random,
  { safe: sure, synced }: Survival,
): Map<string, number> {
  const namings: Naming[] = [];
  let safe = 0;
  for (const [i, event] of events.entries()) {
    if (i === sure || (synced && event.op === "flush names")) safe = namings.length;
    if (event.op === "name" || event.op === "rename" || event.op === "remove") {
      namings.push(event);
    }
  }
  const names = new Map<string, number>();
  for (const naming of namings.slice(0, safe + random.below(namings.length - safe + 1))) {
    if (naming.op === "name") names.set(naming.name, naming.inode);
    else if (naming.op === "remove") names.delete(naming.name);
    else {
      names.set(naming.to, names.get(naming.from) as number);
      names.delete(naming.from);
    }
  }
  return names;
}

/** A store with these files, each with the inode and the time that it had. */
function storeOf(
  names: ReadonlyMap<string, number>,
  files: ReadonlyMap<number, File>,
): MemoryStore {
  const byInode = new Map([...names].map(([name, inode]) => [inode, name]));
  const most = Math.max(0, ...files.keys());
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
