import { putVarint } from "../bytes/put-varint.ts";
import type { ChunkRecords } from "../chunk/chunk-records.ts";
import type { Decomposition, Ints, Walk } from "../transposed/decomposition.ts";
import type { WasmMemory } from "../wasm/start.ts";
import { StartedModule } from "../wasm/started-module.ts";
import { WASM_BASE64 } from "./wasm-module.ts";

/** What the module of `decompose.wat` exports. */
interface DecomposeModule {
  readonly memory: WasmMemory;
  decompose(ends: number, endsEnd: number): number;
  fill(value: number, valueEnd: number): void;
  walk(
    first: number,
    last: number,
    count: number,
    known: number,
    pairs: number,
    pairsEnd: number,
    steps: number,
  ): number;
  write(step: number, stepsEnd: number, offsets: number, out: number): number;
}

/** Behind what the module keeps for itself. */
const TABLES = 8192;
const NODE_BYTES = 64;
const TAG_BYTES = 8;
const VALUE_BYTES = 12;
const PAIR_BYTES = 16;
/** Encoded tags, and pairs of them, up to which steps are walked here. */
const WALKED_TAGS = 256;
const WALKED_PAIRS = 4096;
/** Bytes between two parts that may be read, and overwritten, beyond the first and before the second. */
const GAP = 32;
/**
 * Room for nodes: as many as there are bytes and two kinds of records, up to so many, then one for each 16 bytes, up to a number such that encoded tags, twice as
 * many, have 16 bits.
 */
const RECORD_NODES = 2;
const FEW = 1024;
const BYTES_EACH = 16;
const MOST = 1 << 14;
/** Longest varint of the length of a record. */
const LENGTH_BYTES = 5;
/** Memory for one chunk. */
const MOST_BYTES = 1 << 28;
/** Words of the memory in which the module is told where its tables lie, and tells where they end. */
const NODES = 2;
const TAGS = 4;
const EMITTED = 6;
const VALUES = 8;
const OTHERS = 11;

const started: StartedModule<DecomposeModule> = /* @__PURE__ */ new StartedModule(WASM_BASE64);

/** Where the parts of one chunk lie in the module's memory. */
interface Layout {
  readonly slots: number;
  readonly nodes: number;
  readonly tags: number;
  readonly emitted: number;
  readonly values: number;
  readonly ends: number;
  readonly input: number;
  readonly columns: number;
  readonly known: number;
  readonly pairs: number;
  readonly offsets: number;
  readonly steps: number;
  readonly out: number;
  readonly end: number;
}

/**
 * Takes records apart by way of WebAssembly.
 *
 * @returns What is valid until the next call; `undefined` for records that are many or of unusually many kinds, and where the platform
 * has no WebAssembly.
 */
export function decomposeInWasm({ bytes, ends }: ChunkRecords): Decomposition | undefined {
  if (bytes.length + ends.length > MOST_BYTES) return undefined;
  const layout = layOut(bytes.length, ends.length);
  if (layout.end > MOST_BYTES) return undefined;
  const module = started.withMemory(layout.end);
  if (module === undefined) return undefined;
  const memory = new Uint8Array(module.memory.buffer);
  const words = new Int32Array(module.memory.buffer, 0, module.memory.buffer.byteLength >> 2);
  memory.fill(0, layout.slots, layout.nodes);
  words.set([
    layout.slots,
    layout.nodes - layout.slots - 4,
    layout.nodes,
    layout.tags,
    layout.tags,
    layout.emitted,
    layout.emitted,
    layout.values,
    layout.values,
    layout.ends,
    layout.input,
  ]);
  words.set(ends, layout.ends >> 2);
  memory.set(bytes, layout.input);
  if (module.decompose(layout.ends, layout.ends + 4 * ends.length) !== 1) return undefined;
  return new WasmDecomposition(module, memory, words, layout);
}

function layOut(size: number, records: number): Layout {
  const room = Math.min(MOST, Math.max(Math.min(size + RECORD_NODES, FEW), size / BYTES_EACH));
  const count = 2 ** Math.ceil(Math.log2(room));
  // A tag for each byte at most, and the value of a field has a tag before it.
  const mostTags = records + size;
  const mostValues = records + (size >> 1);
  const slots = TABLES;
  const nodes = slots + 8 * count;
  const tags = nodes + NODE_BYTES * count;
  const emitted = tags + 2 * TAG_BYTES * count;
  const values = emitted + 4 * mostTags;
  const ends = values + VALUE_BYTES * mostValues;
  const input = ends + 4 * records + GAP;
  const columns = input + size + GAP;
  const known = (columns + size + LENGTH_BYTES * records + GAP) & -4;
  const pairs = known + 4 * WALKED_TAGS * WALKED_TAGS;
  const offsets = pairs + PAIR_BYTES * WALKED_PAIRS;
  const steps = offsets + 4 * WALKED_PAIRS;
  const out = steps + 4 * mostTags;
  const before = { slots, nodes, tags, emitted, values, ends, input, columns };
  return { ...before, known, pairs, offsets, steps, out, end: out + mostTags };
}

/** What the module found, where it left it. */
class WasmDecomposition implements Decomposition {
  readonly nodes: Decomposition["nodes"];
  readonly tagNodes: Ints;
  readonly tagSubtypes: Ints;
  readonly emitted: Ints;
  readonly sizes: Float64Array;
  readonly #module: DecomposeModule;
  readonly #memory: Uint8Array;
  readonly #words: Int32Array;
  readonly #layout: Layout;

  constructor(module: DecomposeModule, memory: Uint8Array, words: Int32Array, layout: Layout) {
    this.#module = module;
    this.#memory = memory;
    this.#words = words;
    this.#layout = layout;
    const { nodes, tags, emitted } = layout;
    const size = (this.#end(NODES) - nodes) / NODE_BYTES;
    this.nodes = {
      size,
      first: (node) => this.#nodeWord(node, 0) >>> 0,
      second: (node) => this.#nodeWord(node, 1) >>> 0,
    };
    this.sizes = Float64Array.from({ length: size }, (_, node) => this.#nodeWord(node, 2));
    const found = words.subarray(tags >> 2, this.#end(TAGS) >> 2);
    this.tagNodes = listOf(found.filter((_, i) => i % 2 === 0));
    this.tagSubtypes = listOf(found.filter((_, i) => i % 2 === 1));
    this.emitted = listOf(words.subarray(emitted >> 2, this.#end(EMITTED) >> 2));
  }

  otherLengths(): Uint8Array {
    const others = this.#words[OTHERS] as number;
    const lengths = new Uint8Array(LENGTH_BYTES * others);
    let at = 0;
    const first = this.#layout.values >> 2;
    for (let i = others === 0 ? first : this.#end(VALUES) >> 2; i > first; ) {
      i -= VALUE_BYTES / 4;
      // Only a record that is no message has no tag.
      if (this.#words[((this.#words[i] as number) >> 2) + 1] !== 0) continue;
      at = putVarint(lengths, at, this.#words[i + 2] as number);
    }
    return lengths.subarray(0, at);
  }

  columns(tops: Float64Array, size: number): Uint8Array {
    const { nodes, values, columns } = this.#layout;
    for (let node = 0; node < this.nodes.size; node++) {
      this.#words[((nodes + NODE_BYTES * node) >> 2) + 3] = columns + (tops[node] as number);
    }
    this.#module.fill(values, this.#end(VALUES));
    return this.#memory.subarray(columns, columns + size);
  }

  walk(): Walk | undefined {
    const { emitted, known, pairs, offsets, steps } = this.#layout;
    const count = this.tagNodes.length;
    if (count > WALKED_TAGS || this.emitted.length === 0) return undefined;
    this.#memory.fill(0, known, known + 4 * count * count);
    const last = this.#end(EMITTED) - 4;
    const end = this.#module.walk(emitted, last, count, known, pairs, offsets, steps);
    if (end === 0) return undefined;
    const stop = steps + last - emitted;
    return {
      steps: this.#words.subarray(steps >> 2, stop >> 2),
      pairs: this.#words.subarray(pairs >> 2, end >> 2),
    };
  }

  transitions(offsets: Int32Array): Uint8Array {
    const { emitted, steps, out } = this.#layout;
    this.#words.set(offsets, this.#layout.offsets >> 2);
    const stop = steps + this.#end(EMITTED) - 4 - emitted;
    return this.#memory.subarray(out, this.#module.write(steps, stop, this.#layout.offsets, out));
  }

  /** Where a table ends of which the module was told in this word. */
  #end(table: number): number {
    return this.#words[table] as number;
  }

  #nodeWord(node: number, word: number): number {
    return this.#words[((this.#layout.nodes + NODE_BYTES * node) >> 2) + word] as number;
  }
}

function listOf(items: Int32Array): Ints {
  return { items, length: items.length };
}
