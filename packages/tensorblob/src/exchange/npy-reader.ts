import { NthrecError, type ReadPlan } from "@nthrec/core";
import { cutHeader } from "../stream/header.ts";
import { type StreamHead, TensorStreamReader } from "../stream/tensor-stream-reader.ts";
import { layoutOf } from "../values/layout.ts";
import { decodeNpyHeader, NPY_HEAD_BYTES, npyHeaderLength } from "./npy.ts";

/**
 * Reads the rows of the array in an .npy file: the tensors along its first dimension. Big-endian numbers are turned round;
 * what follows the array in the file is left alone.
 *
 * @see {@link BaseIndexedReader.open} also fails with `NTH_NOT_SUPPORTED` for a single number, for rows that lie scattered in
 * Fortran order, and for what is no array of numbers: nothing in a file is ever evaluated
 */
export class NpyReader extends TensorStreamReader {
  static override readonly format: string = "npy";

  protected override *_head(): ReadPlan<StreamHead> {
    const { name, size } = this.source;
    if (size < NPY_HEAD_BYTES) throw cutHeader(name, size);
    const begin = npyHeaderLength(yield { start: 0, end: NPY_HEAD_BYTES }, name);
    if (begin > size) throw cutHeader(name, size);
    const header = decodeNpyHeader(yield { start: 0, end: begin }, name);
    const { dtype, shape, fortran, swapped } = header;
    const [rows, ...rest] = shape;
    if (rows === undefined) throw refused(name, "holds a single number, which has no rows");
    if (fortran && shape.filter((size) => size > 1).length > 1) {
      throw refused(name, "is in Fortran order, where a row lies scattered: save it in C order");
    }
    const layout = layoutOf(dtype, rest, name);
    return { layout, begin, end: begin + rows * layout.rowBytes, swapped };
  }
}

function refused(source: string, reason: string): NthrecError {
  return new NthrecError("NTH_NOT_SUPPORTED", `${source} ${reason}`, { source });
}
