import { type BaseIndexedReader, type ByteWriter, NthrecError, type ReadPlan } from "@nthrec/core";
import { checkLayout } from "../stream/header.ts";
import { headOf, type TensorStreamReader } from "../stream/tensor-stream-reader.ts";
import {
  TensorStreamWriter,
  type TensorStreamWriterOptions,
} from "../stream/tensor-stream-writer.ts";
import type { TensorInput } from "../values/tensor-input.ts";

/** Writes tensors behind a header that counts them, and that every commit puts right. */
export abstract class ArrayWriter<
  O extends TensorStreamWriterOptions = TensorStreamWriterOptions,
> extends TensorStreamWriter<O> {
  /** Bytes of the header of the file that is continued. */
  #begin: number | undefined;

  /**
   * The header of a file of `length` tensors.
   *
   * @param bytes How long it must be. @default long enough for any number of tensors
   * @throws {@link NthrecError} `NTH_NOT_SUPPORTED` for a type that the format lacks, or where there is no room
   */
  protected abstract _header(length: number, bytes: number | undefined): Uint8Array;

  /** Optional. Looks at the file that is continued. @throws {@link NthrecError} `NTH_NOT_SUPPORTED` */
  protected _continue(_reader: TensorStreamReader): void {}

  protected override *_resume(
    reader: BaseIndexedReader<TensorInput>,
    out: ByteWriter,
  ): ReadPlan<void> {
    if (out.position === 0) {
      out.bytes(this._header(0, undefined));
      return;
    }
    const continued = reader as unknown as TensorStreamReader;
    const { layout, begin, end, swapped, size } = headOf(continued);
    checkLayout(layout, this.layout, this.name);
    const reason =
      swapped === true
        ? "holds its numbers in big-endian order"
        : end !== undefined && end < size
          ? "has bytes behind its tensors"
          : undefined;
    if (reason !== undefined) {
      const message = `${this.name} ${reason}, so that nothing can be appended: copy it to a new file`;
      throw new NthrecError("NTH_NOT_SUPPORTED", message, { source: this.name });
    }
    this._continue(continued);
    this.#begin = begin;
  }

  protected override _commit(out?: ByteWriter, length = 0): void {
    out?.patch(0, this._header(length, this.#begin));
  }
}
