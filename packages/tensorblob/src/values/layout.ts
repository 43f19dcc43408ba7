import { NthrecError } from "@nthrec/core";
import { type Dtype, dtypeOf, traitsOf } from "./dtype.ts";
import { countOf } from "./tensor.ts";

/** What all tensors of one blob have in common. */
export interface Layout {
  readonly dtype: Dtype;
  /** The type's name as the blob's configuration has it: an alias stays one. */
  readonly dtypeName: string;
  /** Sizes of the dimensions of one tensor. */
  readonly shape: readonly number[];
  /** Bytes of one tensor. */
  readonly rowBytes: number;
}

/** How a caller names a layout. */
export interface LayoutOptions {
  /** Element type, a name of PyTorch. Needed where the blob does not exist yet. */
  readonly dtype?: string | undefined;
  /** Sizes of the dimensions of one tensor, or one number for one dimension. Needed where the blob does not exist yet. */
  readonly shape?: readonly number[] | number | undefined;
}

/**
 * Makes a layout of its parts.
 *
 * @throws {@link NthrecError} `NTH_NOT_SUPPORTED` for an unknown type, `NTH_INVALID_VALUE` for a shape that is none
 */
export function layoutOf(
  dtypeName: string,
  shape: readonly number[] | number,
  source?: string,
): Layout {
  const dtype = dtypeOf(dtypeName, source);
  const sizes = typeof shape === "number" ? [shape] : [...shape];
  const rowBytes = countOf(sizes) * traitsOf(dtype).bytes;
  const sound = sizes.every((size) => Number.isSafeInteger(size) && size > 0);
  if (!sound || !Number.isSafeInteger(rowBytes)) {
    throw new NthrecError(
      "NTH_INVALID_VALUE",
      `[${sizes.join(", ")}] is no shape of tensors that can be kept: every size must be a whole number above 0`,
      { source },
    );
  }
  return { dtype, dtypeName, shape: sizes, rowBytes };
}

/** Whether two layouts describe the same bytes. */
export function sameLayout(a: Layout, b: Layout): boolean {
  return (
    a.dtype === b.dtype &&
    a.shape.length === b.shape.length &&
    a.shape.every((n, i) => n === b.shape[i])
  );
}

/** A layout in words, for messages. */
export function describeLayout({ dtype, shape }: Layout): string {
  return `${dtype} of shape [${shape.join(", ")}]`;
}
