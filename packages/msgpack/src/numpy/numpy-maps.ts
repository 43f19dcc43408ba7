import { NthrecError } from "@nthrec/core";
import { type Complex, parseComplex } from "./complex.ts";
import { parseTypeString, type TypeString, viewElements } from "./element-bytes.ts";
import type { Tensor } from "./tensor.ts";

/** The most entries of a map that msgpack-numpy makes. */
const MOST_ENTRIES = 5;
/** Bytes of the longest of its keys, "complex". */
const MOST_KEY_BYTES = 7;

/** The kind of arrays of objects: "O". */
const OBJECTS = 0x4f;

/** Cheap: whether a map may be one of msgpack-numpy's, whose keys are bytes. */
export function looksLikeNumpy(map: ReadonlyMap<unknown, unknown>): boolean {
  if (map.size < 2 || map.size > MOST_ENTRIES) return false;
  for (const key of map.keys()) {
    if (!(key instanceof Uint8Array) || key.length > MOST_KEY_BYTES) return false;
  }
  return true;
}

/**
 * What msgpack-numpy made a map of: an array, a scalar, a complex number; `undefined` if it made it of none of them.
 *
 * @throws {@link NthrecError} `NTH_DECODE_ERROR` for arrays of objects, which are programs, and for arrays that are none
 */
export function numpyValue(map: ReadonlyMap<unknown, unknown>): Tensor | Complex | undefined {
  const fields = new Map(
    Array.from(map, ([key, value]) => [String.fromCharCode(...(key as Uint8Array)), value]),
  );
  const data = fields.get("data");
  if (fields.get("complex") === true) {
    return typeof data === "string" ? parseComplex(data) : undefined;
  }
  const nd = fields.get("nd");
  if (typeof nd !== "boolean" || !fields.has("type") || !(data instanceof Uint8Array)) {
    return undefined;
  }
  const shape = nd ? fields.get("shape") : [];
  if (!isShape(shape)) return undefined;
  const kind = fields.get("kind");
  const objects = kind instanceof Uint8Array && kind[0] === OBJECTS;
  const descr = fields.get("type");
  if (objects || hasObjects(descr)) throw pickled();
  const made = tensorOf(descr, shape, data as Uint8Array<ArrayBuffer>);
  return nd ? made : { ...made, scalar: true };
}

function tensorOf(descr: unknown, shape: number[], data: Uint8Array<ArrayBuffer>): Tensor {
  const type: TypeString =
    typeof descr === "string"
      ? parseTypeString(descr)
      : { dtype: "void", swapped: false, bytes: undefined };
  const count = shape.reduce((product, length) => product * length, 1);
  const bytes = type.bytes ?? (count === 0 ? 0 : data.length / count);
  if (data.length !== count * bytes || !Number.isInteger(bytes)) {
    throw new NthrecError(
      "NTH_DECODE_ERROR",
      `a numpy array of type ${JSON.stringify(descr)} and shape [${shape}] cannot have ${data.length} bytes`,
    );
  }
  const { dtype } = type;
  const view = viewElements(data, type);
  return dtype === "void" ? { dtype, shape, data: view, descr } : { dtype, shape, data: view };
}

function isShape(shape: unknown): shape is number[] {
  return (
    Array.isArray(shape) && shape.every((length) => Number.isSafeInteger(length) && length >= 0)
  );
}

/** Whether a description names objects, at any depth. */
function hasObjects(descr: unknown): boolean {
  if (typeof descr === "string") return /^[<>|=]?O/.test(descr);
  return (
    Array.isArray(descr) && descr.some((field) => Array.isArray(field) && hasObjects(field[1]))
  );
}

function pickled(): NthrecError {
  return new NthrecError(
    "NTH_DECODE_ERROR",
    "it holds a numpy array of objects, which is a pickle: a program that reading would run. Nothing was run; " +
      "getBytes still gives its bytes (numpy: false reads the map)",
  );
}
