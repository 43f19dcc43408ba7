import { ArrayWriter } from "./array-writer.ts";
import { encodeNpyHeader } from "./npy.ts";
import { NpyReader } from "./npy-reader.ts";

/**
 * Writes tensors as the rows of one array in an .npy file, which NumPy can load after every commit. Append mode continues
 * a file whose header has room for the number of rows: NumPy leaves it since version 1.23, and this class always.
 */
export class NpyWriter extends ArrayWriter {
  static override readonly Reader: typeof NpyReader = NpyReader;

  protected override _header(length: number, bytes: number | undefined): Uint8Array {
    const { dtype, shape } = this.layout;
    return encodeNpyHeader(dtype, [length, ...shape], bytes);
  }
}
