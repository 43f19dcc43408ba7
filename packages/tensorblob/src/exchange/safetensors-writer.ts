import { NthrecError } from "@nthrec/core";
import type { TensorStreamReader } from "../stream/tensor-stream-reader.ts";
import type { TensorStreamWriterOptions } from "../stream/tensor-stream-writer.ts";
import { ArrayWriter } from "./array-writer.ts";
import { growingSafetensorsHeader } from "./safetensors.ts";
import { SafetensorsReader } from "./safetensors-reader.ts";

/** Options of a writer of a safetensors file. */
export interface SafetensorsWriterOptions extends TensorStreamWriterOptions {
  /** Name of the tensor in the file. @default "data", and in append mode the file's */
  readonly tensor?: string | undefined;
}

/**
 * Writes tensors as the rows of one tensor in a safetensors file, which is whole after every commit. Append mode continues
 * a file of one tensor whose header has room for the number of rows, as this class leaves it.
 */
export class SafetensorsWriter extends ArrayWriter<SafetensorsWriterOptions> {
  static override readonly Reader: typeof SafetensorsReader = SafetensorsReader;
  #tensor: string = this.options.tensor ?? "data";
  #metadata: Readonly<Record<string, unknown>> = {};

  protected override _header(length: number, bytes: number | undefined): Uint8Array {
    const { dtype, shape } = this.layout;
    return growingSafetensorsHeader(this.#tensor, dtype, [length, ...shape], this.#metadata, bytes);
  }

  protected override _continue(reader: TensorStreamReader): void {
    const { tensor, metadata } = reader as unknown as SafetensorsReader;
    if (this.options.tensor !== undefined && this.options.tensor !== tensor) {
      throw new NthrecError(
        "NTH_INVALID_VALUE",
        `${this.name} holds the tensor ${JSON.stringify(tensor)}, so that ${JSON.stringify(this.options.tensor)} cannot be appended`,
        { source: this.name },
      );
    }
    this.#tensor = tensor;
    this.#metadata = metadata;
  }
}
