import { type ByteSource, NthrecError, type ReadPlan } from "@nthrec/core";
import { cutHeader } from "../stream/header.ts";
import {
  type StreamHead,
  type TensorReaderOptions,
  TensorStreamReader,
} from "../stream/tensor-stream-reader.ts";
import { layoutOf } from "../values/layout.ts";
import {
  decodeSafetensorsHeader,
  type SafeTensor,
  safetensorsFields,
  safetensorsHeaderLength,
} from "./safetensors.ts";

/** Options of a reader of a safetensors file. */
export interface SafetensorsReaderOptions extends TensorReaderOptions {
  /** Which tensor's rows are read. @default the only one */
  readonly tensor?: string | undefined;
}

/**
 * Reads the rows of one tensor of a safetensors file: what lies along its first dimension.
 *
 * @see {@link BaseIndexedReader.open} also fails with `NTH_KEY_NOT_FOUND`, naming the tensors that there are, and with
 * `NTH_NOT_SUPPORTED` for a single number
 */
export class SafetensorsReader extends TensorStreamReader {
  declare protected readonly options: SafetensorsReaderOptions;
  static override readonly format: string = "safetensors";
  #tensor = "";
  #tensors: ReadonlyMap<string, SafeTensor> = new Map();
  #metadata: Readonly<Record<string, unknown>> = {};

  /** Makes a reader that is not open; nothing is read. */
  constructor(source: ByteSource, options?: SafetensorsReaderOptions) {
    super(source, options);
  }

  /** Name of the tensor whose rows these are. */
  get tensor(): string {
    return this.current.#tensor;
  }

  /** All tensors of the file, by name. */
  get tensors(): ReadonlyMap<string, SafeTensor> {
    return this.current.#tensors;
  }

  /** What the file says of itself besides its tensors: nothing, or its `__metadata__`. */
  get metadata(): Readonly<Record<string, unknown>> {
    return this.current.#metadata;
  }

  protected override *_head(): ReadPlan<StreamHead> {
    const { name, size } = this.source;
    if (size < 8) throw cutHeader(name, size);
    const begin = safetensorsHeaderLength(yield { start: 0, end: 8 }, name);
    if (begin > size) throw cutHeader(name, size);
    const header = yield { start: 0, end: begin };
    const { __metadata__ } = safetensorsFields(header, name);
    if (__metadata__ !== undefined) this.#metadata = { __metadata__ };
    this.#tensors = decodeSafetensorsHeader(header, Number.POSITIVE_INFINITY, name);
    const { dtype, shape, start, end } = this.#chosen();
    const [rows, ...rest] = shape;
    if (rows === undefined) {
      const message = `tensor ${JSON.stringify(this.#tensor)} of ${name} is a single number, which has no rows`;
      throw new NthrecError("NTH_NOT_SUPPORTED", message, { source: name });
    }
    return { layout: layoutOf(dtype, rest, name), begin: start, end };
  }

  #chosen(): SafeTensor {
    const { name } = this.source;
    const tensors = this.#tensors;
    const [only] = tensors.size === 1 ? tensors.keys() : [];
    this.#tensor = this.options.tensor ?? only ?? "";
    const tensor = tensors.get(this.#tensor);
    if (tensor !== undefined) return tensor;
    const shown = Array.from(tensors, ([key, { dtype, shape }]) => `${key} (${dtype} [${shape}])`);
    const more = shown.length > MOST_SHOWN ? `, and ${shown.length - MOST_SHOWN} more` : "";
    throw new NthrecError(
      "NTH_KEY_NOT_FOUND",
      `${name} holds the tensors ${shown.slice(0, MOST_SHOWN).join(", ")}${more}: name one of them with the option tensor`,
      { source: name },
    );
  }
}

/** Tensors that a message names. */
const MOST_SHOWN = 12;
