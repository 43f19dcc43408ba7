import { isNthrecError, NthrecError } from "@nthrec/core";
import type { BlobFolder } from "../folder/blob-folder.ts";
import { type BlobConf, confOf } from "../folder/conf.ts";
import { checkLayout } from "../stream/header.ts";
import { type LayoutOptions, layoutOf } from "../values/layout.ts";

/** What a writer's options say of the tensors that it writes. */
export interface ConfOptions extends LayoutOptions {
  /** Whether tensors are added to a blob, or a new one takes its place. */
  readonly mode?: "write" | "append" | undefined;
  readonly blockSize?: number | undefined;
}

/**
 * What the tensors to be written are, from the options and from the blob that is there.
 *
 * @throws {@link NthrecError} `NTH_INVALID_VALUE` where neither tells, or both differ; `NTH_CORRUPTION`
 */
export function confToWrite(folder: BlobFolder, options: ConfOptions): BlobConf {
  const before = confThere(folder, options);
  const dtype = options.dtype ?? before?.dtypeName;
  const shape = options.shape ?? before?.shape;
  const layout = layoutOf(
    dtype ?? missing(folder.name),
    shape ?? missing(folder.name),
    folder.name,
  );
  if (options.mode === "append" && before !== undefined) checkLayout(before, layout, folder.name);
  return confOf(layout, options.blockSize ?? before?.blockSize);
}

/** The configuration that is there; where the blob is replaced by one with a layout, it may be damaged. */
function confThere(folder: BlobFolder, options: ConfOptions): BlobConf | undefined {
  if (!folder.exists) return undefined;
  try {
    return folder.conf();
  } catch (error) {
    const { mode, dtype, shape } = options;
    if (mode === "append" || dtype === undefined || shape === undefined) throw error;
    if (isNthrecError(error, "NTH_CORRUPTION", "NTH_NOT_SUPPORTED")) return undefined;
    throw error;
  }
}

function missing(name: string): never {
  throw new NthrecError(
    "NTH_INVALID_VALUE",
    `${name} does not exist: pass dtype and shape to make it`,
    {
      source: name,
    },
  );
}
