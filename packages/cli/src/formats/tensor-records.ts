import { isNthrecError, NthrecError } from "@nthrec/core";
import { type Dtype, Tensor, type TensorInput, tensorOf } from "@nthrec/tensorblob";
import { fromJson, toJson } from "../output/json.ts";
import { flat, nested, sizesOf } from "../output/nested.ts";
import type { LoadedFormat, TensorLayout, TensorValue } from "./cli-format.ts";

/** What formats have in common whose files hold tensors of one type and shape. */
export function tensorRecords(
  classes: Pick<LoadedFormat, "Reader" | "Writer" | "facts" | "optionNames">,
): LoadedFormat {
  const layoutOf = (reader: unknown): TensorLayout => {
    const { dtype, shape } = (reader as { layout: TensorLayout }).layout;
    return { dtype, shape };
  };
  const unbound: LoadedFormat = {
    ...classes,
    toJson: (record) => tensorToJson(record as Tensor),
    fromJson: (value) => value,
    toBytes: (record) => (record as Tensor).bytes,
    fromBytes: (bytes) => bytes,
    tensorAt: (record, path) => (path.length === 0 ? (record as Tensor) : undefined),
    opensOnly: true,
    async facts(reader) {
      try {
        return { ...layoutOf(reader), ...(await classes.facts?.(reader)) };
      } catch (error) {
        // An empty file says nothing.
        if (isNthrecError(error, "NTH_NOT_SUPPORTED")) return {};
        throw error;
      }
    },
    tensors: {
      layoutOf,
      bound(named) {
        const layout = { ...named, dtype: dtypeNamed(named.dtype) };
        return {
          ...unbound,
          writerOptions: { dtype: layout.dtype, shape: layout.shape },
          fromJson: (value) => tensorFromJson(value, layout),
          fromBytes: (bytes) => tensorFromBytes(bytes, layout),
          fromTensor: (tensor) => fitted(tensor, layout),
        };
      },
    },
  };
  return unbound;
}

/**
 * The values in arrays, as deep as the tensor has dimensions, and complex numbers as pairs; a single number for a tensor
 * without dimensions. Where numbers would not give the same bits back, `{"$tensor": …}` with the bytes.
 */
function tensorToJson(tensor: Tensor): unknown {
  const { dtype, shape, bytes } = tensor;
  const values = tensor.values();
  if (values.some(Number.isNaN) && !same(tensorOf(values, dtype, shape).bytes, bytes)) {
    return { $tensor: { dtype, shape, data: toJson(bytes) } };
  }
  const plain = values.map((value) => toJson(value));
  return nested(plain, dtype.startsWith("complex") ? [...shape, 2] : shape);
}

/** The tensor that a JSON value stands for: numbers in arrays, a feature of an Example, bytes, or `{"$tensor": …}`. */
function tensorFromJson(value: unknown, layout: TensorLayout): Tensor {
  const { $tensor, $floats, $int64s } = Object(value) as Record<string, unknown>;
  if ($tensor !== undefined) return fitted(tensorMarked($tensor), layout);
  const plain = fromJson($floats ?? $int64s ?? value);
  const [only, second] = Array.isArray(plain) ? plain : [plain];
  // A feature of bytes is a list of one as a rule.
  if (only instanceof Uint8Array && second === undefined) return tensorFromBytes(only, layout);
  const { dtype, shape } = layout;
  const sizes = sizesOf(plain);
  const wanted = dtype.startsWith("complex") ? [...shape, 2] : shape;
  // What is one row of numbers may be of any shape, as an Example's feature is.
  const fits = sizes !== undefined && (sizes.length === 1 || String(sizes) === String(wanted));
  const values = flat(plain);
  const count = wanted.reduce((product, size) => product * size, 1);
  if (!fits || values.length !== count) {
    const found =
      sizes === undefined ? "arrays of different lengths" : `arrays of shape [${sizes.join(", ")}]`;
    throw unfit(
      Array.isArray(plain)
        ? `${found} are no tensor of shape [${shape.join(", ")}]`
        : `${kindOf(plain)} is no tensor of shape [${shape.join(", ")}]`,
    );
  }
  return tensorOf(values as TensorInput, dtype, shape);
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** The tensor that is marked as one in JSON. */
function tensorMarked(content: unknown): Tensor {
  const { dtype, shape, data } = Object(content) as Record<string, unknown>;
  if (typeof dtype !== "string" || !Array.isArray(shape)) {
    throw unfit("a $tensor names its dtype and shape");
  }
  const plain = fromJson(data);
  if (plain instanceof Uint8Array) return tensorFromBytes(plain, { dtype, shape });
  return tensorOf(flat(plain) as TensorInput, dtype, shape);
}

/** The tensor whose memory these bytes are. */
function tensorFromBytes(bytes: Uint8Array, { dtype, shape }: TensorLayout): Tensor {
  const known = dtypeNamed(dtype);
  const width = Tensor.zeros(known, [1]).bytes.length;
  const size = shape.reduce((product, each) => product * each, width);
  if (bytes.length === size) return Tensor.over(known, shape, bytes);
  throw unfit(
    `${bytes.length} bytes are no tensor of ${dtype} and shape [${shape.join(", ")}], which has ${size}`,
  );
}

/** The type that a name stands for, which may be an alias. @throws {@link NthrecError} `NTH_NOT_SUPPORTED` */
function dtypeNamed(name: string): Dtype {
  return tensorOf([], name, [0]).dtype;
}

/** The tensor as one of a layout. */
function fitted(value: TensorValue, { dtype, shape, cast }: TensorLayout): Tensor {
  const { data } = value;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const tensor = tensorFromBytes(bytes, value);
  const sameShape = String(tensor.shape) === String(shape);
  if (tensor.dtype === dtype && sameShape) return tensor;
  if (cast !== true) {
    throw unfit(
      `it is a tensor of ${tensor.dtype} and shape [${tensor.shape.join(", ")}] among others of ${dtype} and shape [${shape.join(", ")}]; --dtype and --shape convert all`,
    );
  }
  return tensor.dtype === dtype
    ? tensor.reshape(...shape)
    : tensorOf(tensor.values(), dtype, shape);
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function unfit(message: string): NthrecError {
  return new NthrecError("NTH_INVALID_VALUE", message);
}
