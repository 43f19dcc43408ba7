import { type ChunkCounts, type ChunkRecords, newEnds } from "../chunk/chunk-records.ts";
import type { Columns } from "../transposed/columns.ts";
import { Action, type StateTable, TAG_STRIDE } from "../transposed/state-table.ts";
import type { WasmMemory } from "../wasm/start.ts";
import { StartedModule } from "../wasm/started-module.ts";
import { WASM_BASE64 } from "./wasm-module.ts";

/** What the module of `replay.wat` exports. */
interface ReplayModule {
  readonly memory: WasmMemory;
  run(
    state: number,
    states: number,
    step: number,
    steps: number,
    out: number,
    free: number,
    starts: number,
    start: number,
    stack: number,
    stackEnd: number,
    lengths: number,
  ): number;
}

/** Where states lie in its memory, and bytes of one. */
const STATES = 64;
const STATE_BYTES = 32;
/** Bytes between two places that the module reads or writes beyond the first and before the second. */
const GAP = 32;
/** Bytes for submessages that are open at a time, 8 each. */
const STACK_BYTES = 8 * 1024;
/** A number of more data bytes is put together byte by byte: what such a state does. */
const WORD_BYTES = 8;
const WIDE = 7;
/** Memory and records that are taken on the header's word, and in all. */
const TRUSTED_BYTES = 1 << 24;
const TRUSTED_RECORDS = 1 << 16;
const MOST_BYTES = 1 << 28;

const started: StartedModule<ReplayModule> = /* @__PURE__ */ new StartedModule(WASM_BASE64);

/** Where the parts of one chunk lie in the module's memory. */
interface Layout {
  readonly buffers: number;
  readonly stack: number;
  readonly starts: number;
  readonly steps: number;
  readonly columns: number;
  readonly out: number;
  readonly end: number;
}

/**
 * The records of a chunk by way of WebAssembly.
 *
 * @param lend Whether memory will do that the next call overwrites.
 * @returns `undefined` for a chunk that is damaged or unusually large, and where the platform has no WebAssembly.
 */
export function replayInWasm(
  counts: ChunkCounts,
  states: StateTable,
  columns: Columns,
  transitions: Uint8Array,
  lend: boolean,
): ChunkRecords | undefined {
  const { numRecords, decodedDataSize } = counts;
  const most = Math.max(TRUSTED_BYTES, 16 * columns.bytes.length);
  if (decodedDataSize > most || numRecords > Math.max(TRUSTED_RECORDS, 4 * transitions.length)) {
    return undefined;
  }
  const layout = layOut(counts, states, columns, transitions);
  if (layout.end > MOST_BYTES) return undefined;
  const module = started.withMemory(layout.end);
  if (module === undefined) return undefined;
  const memory = new Uint8Array(module.memory.buffer);
  putStates(memory, states, layout.buffers);
  putBuffers(memory, columns.borders, layout);
  memory.set(transitions, layout.steps);
  memory.set(columns.bytes, layout.columns);
  const { buffers, stack, starts, steps, out } = layout;
  const sound = module.run(
    STATES + STATE_BYTES * (states.arrival[states.first] as number),
    STATES + STATE_BYTES * states.count,
    steps,
    steps + transitions.length,
    out,
    out + decodedDataSize,
    starts,
    starts + 4 * numRecords,
    stack,
    stack + STACK_BYTES,
    buffers + 8 * (columns.borders.length - 2),
  );
  const begins = new Uint32Array(memory.buffer, starts, numRecords);
  // Bytes before the first record belong to none.
  if (sound !== 1 || (begins[0] ?? decodedDataSize) > 0) return undefined;
  const bytes = memory.subarray(out, out + decodedDataSize);
  return { bytes: lend ? bytes : bytes.slice(), ends: endsOf(counts, begins) };
}

function layOut(
  { numRecords, decodedDataSize }: ChunkCounts,
  { count }: StateTable,
  { bytes, borders }: Columns,
  transitions: Uint8Array,
): Layout {
  const buffers = STATES + STATE_BYTES * count;
  const stack = buffers + 8 * borders.length;
  const starts = stack + STACK_BYTES;
  const steps = starts + 4 * numRecords;
  const columns = steps + transitions.length + GAP;
  const out = columns + bytes.length + GAP;
  return { buffers, stack, starts, steps, columns, out, end: out + decodedDataSize + GAP };
}

/** Writes the table of states as the module reads it. */
function putStates(memory: Uint8Array, states: StateTable, buffers: number): void {
  const { count, action, implicit, width, tagWidth, base, arrival, buffer, tag } = states;
  const words = new Int32Array(memory.buffer, STATES, (STATE_BYTES / 4) * count);
  for (let state = 0; state < count; state++) {
    const kind = action[state] as number;
    const data = width[state] as number;
    const tagBytes = tagWidth[state] as number;
    const at = (STATE_BYTES / 4) * state;
    words[at] =
      doesOf(kind, data) | ((implicit[state] as number) << 8) | (data << 16) | (tagBytes << 24);
    words[at + 1] = STATES + STATE_BYTES * (base[state] as number);
    words[at + 2] = STATES + STATE_BYTES * (arrival[state] as number);
    words[at + 3] = buffers + 8 * (buffer[state] as number);
    // All data bytes of a varint but the last have bit 7.
    const more = kind === Action.varint ? data - 1 : 0;
    words[at + 6] = more >= 4 ? 0x80808080 : 0x80808080 & ((1 << (8 * more)) - 1);
    words[at + 7] = more > 4 ? 0x80808080 & ((1 << (8 * (more - 4))) - 1) : 0;
    const end = STATES + STATE_BYTES * state + 24;
    for (let i = 0; i < tagBytes; i++) {
      memory[end - tagBytes + i] = tag[TAG_STRIDE * state + i] as number;
    }
  }
}

/** What a visit does, in the module's numbers. */
function doesOf(kind: number, data: number): number {
  if (kind !== Action.varint) return kind;
  return data > WORD_BYTES ? WIDE : Action.fixed;
}

/** Writes where each buffer is read next, and where it ends. */
function putBuffers(memory: Uint8Array, borders: Columns["borders"], layout: Layout): void {
  const pairs = new Int32Array(memory.buffer, layout.buffers, 2 * (borders.length - 1));
  for (let i = 0; i + 1 < borders.length; i++) {
    pairs[2 * i] = layout.columns + (borders[i] as number);
    pairs[2 * i + 1] = layout.columns + (borders[i + 1] as number);
  }
}

/** Where each record ends: where the next one begins. */
function endsOf(counts: ChunkCounts, begins: Uint32Array): ChunkRecords["ends"] {
  const ends = newEnds(counts);
  if (begins.length === 0) return ends;
  ends.set(begins.subarray(1));
  ends[begins.length - 1] = counts.decodedDataSize;
  return ends;
}
