import { NthrecError } from "@nthrec/core";
import type { BlobConf } from "./conf.ts";
import { type BlobStat, blocksFor, decodeStat } from "./stat.ts";

/** Which blocks a state has: a name is looked at when its block is first touched, however many there are. */
export interface BlockList {
  /** Tensors. */
  readonly length: number;
  /** Name of block `number`. @throws {@link NthrecError} `NTH_CORRUPTION` where the state does not tell it */
  nameOf(number: number): string;
}

/** What the original and we write before the first name, and behind the last. */
const HEAD = /^\{"len":(0|[1-9]\d{0,15}),"bds":\["/;
const HEAD_BYTES = 40;
/** A name, and what stands between two. */
const NAME = 36;
const STRIDE = NAME + 3;
/** Fewer names are read at once, with all that can be wrong with them. */
const FEW = 64;
/** Names that are searched for before all are looked at. */
const FEW_SEARCHES = 8;

/** The blocks of a state. @throws {@link NthrecError} `NTH_CORRUPTION` */
export function listOf({ length, blocks }: BlobStat): BlockList {
  return { length, nameOf: (number) => blocks[number] as string };
}

/**
 * The blocks that the bytes of a `.stat` name. Where these are many, and written as the original and we do, their
 * names stay in the bytes: what is wrong with one is found when its block is touched.
 *
 * @throws {@link NthrecError} `NTH_CORRUPTION`
 */
export function decodeBlockList(bytes: Uint8Array, conf: BlobConf, name: string): BlockList {
  const head = HEAD.exec(String.fromCharCode(...bytes.subarray(0, HEAD_BYTES)));
  const begin = head?.[0].length ?? 0;
  const count = (bytes.length - begin) / STRIDE;
  const length = Number(head?.[1]);
  const regular = head !== null && count > FEW && Number.isSafeInteger(count);
  if (!regular || blocksFor(length, conf) > count || !ends(bytes)) {
    return listOf(decodeStat(bytes, conf, name));
  }
  const isOnce = onceIn(bytes, begin);
  let isSound = false;
  const nameOf = (number: number): string => {
    const at = begin + number * STRIDE;
    const text = String.fromCharCode(...bytes.subarray(at - 1, at + NAME + 1));
    if (!/^"[0-9a-f-]{36}"$/.test(text)) {
      throw new NthrecError("NTH_CORRUPTION", `${name} does not name block ${number}`, {
        source: name,
        offset: at,
      });
    }
    const block = text.slice(1, -1);
    // Two names may only look like one: all of them decide.
    if (!isSound && !isOnce(block, at)) {
      decodeStat(bytes, conf, name);
      isSound = true;
    }
    return block;
  };
  return { length, nameOf };
}

/**
 * Answers whether the name at a place stands nowhere else; `false` where that takes a closer look. The first names are
 * searched for one by one, which is faster than a look at all of them.
 */
function onceIn(bytes: Uint8Array, begin: number): (name: string, at: number) => boolean {
  let text: string | undefined;
  let searches = 0;
  let allOnce: boolean | undefined;
  return (name, at) => {
    if (searches++ < FEW_SEARCHES) {
      text ??= new TextDecoder().decode(bytes);
      return text.indexOf(name) === at && text.indexOf(name, at + 1) < 0;
    }
    text = undefined;
    allOnce ??= !repeats(bytes, begin);
    return allOnce;
  };
}

/** Whether the last name, its quote included, is followed by what ends a state. */
function ends(bytes: Uint8Array): boolean {
  return String.fromCharCode(...bytes.subarray(bytes.length - 3)) === '"]}';
}

/** Whether two names may be one: their first eight digits come to the same. */
function repeats(bytes: Uint8Array, begin: number): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = (bytes.length - begin) / STRIDE;
  const mask = 2 ** (Math.ceil(Math.log2(count)) + 1) - 1;
  // A table of what was seen: each at the place that its last bits name, or behind that; 0 is an empty place.
  const seen = new Int32Array(mask + 1);
  for (let at = begin; at < bytes.length; at += STRIDE) {
    const digits = Math.imul(view.getInt32(at), 0x9e3779b1) ^ view.getInt32(at + 4);
    const first = digits === 0 ? 1 : digits;
    let place = first & mask;
    for (; seen[place] !== 0; place = (place + 1) & mask) if (seen[place] === first) return true;
    seen[place] = first;
  }
  return false;
}
