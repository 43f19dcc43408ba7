import { NthrecError } from "@nthrec/core";
import { type Layout, layoutOf } from "../values/layout.ts";

/** Name of the file that says what the tensors of a blob are. */
export const CONF_NAME = ".conf";
/** Tensors in a block unless the maker says otherwise, as in the original. */
export const DEFAULT_BLOCK_SIZE = 8192;

/** What a blob's `.conf` says. */
export interface BlobConf extends Layout {
  /** Tensors in a block. */
  readonly blockSize: number;
}

/** Completes a layout to a configuration. @throws {@link NthrecError} `NTH_INVALID_VALUE` */
export function confOf(layout: Layout, blockSize: number = DEFAULT_BLOCK_SIZE): BlobConf {
  if (
    !(Number.isSafeInteger(blockSize) && blockSize > 0) ||
    !Number.isSafeInteger(blockSize * layout.rowBytes)
  ) {
    throw new NthrecError(
      "NTH_INVALID_VALUE",
      `a block cannot hold ${blockSize} tensors of ${layout.rowBytes} bytes: pass a whole number above 0 as blockSize`,
    );
  }
  return { ...layout, blockSize };
}

/** The bytes that the original writes for a configuration: indented JSON, names in order, a last newline. */
export function encodeConf({ blockSize, dtypeName, shape }: BlobConf): Uint8Array {
  return encodeConfig("TensorBlob", { block_size: blockSize, dtype: dtypeName, shape });
}

/** A configuration file of the original: its fields behind the note that names the class. */
export function encodeConfig(className: string, fields: Record<string, unknown>): Uint8Array {
  const notes = { args: [], class_name: className, kwargs: {}, using_default_values: [] };
  return utf8(`${JSON.stringify({ __notes__: notes, ...fields }, null, 2)}\n`);
}

/**
 * Reads a blob's configuration.
 *
 * @throws {@link NthrecError} `NTH_CORRUPTION` when it is none, `NTH_NOT_SUPPORTED` for an unknown type
 */
export function decodeConf(bytes: Uint8Array, name: string): BlobConf {
  const fields = decodeConfig(bytes, "TensorBlob", name);
  const { block_size: blockSize, dtype, shape } = fields;
  if (typeof dtype !== "string" || typeof blockSize !== "number" || !Array.isArray(shape)) {
    throw notConf(name, "TensorBlob", "it does not name block_size, dtype and shape");
  }
  return confOf(layoutOf(dtype, shape as number[], name), blockSize);
}

/** The fields of a configuration file whose class must be `className`. */
export function decodeConfig(
  bytes: Uint8Array,
  className: string,
  name: string,
): Record<string, unknown> {
  const fields = parseObject(bytes, name);
  const notes = fields["__notes__"] as { class_name?: unknown } | undefined;
  // Newer releases of the original's configuration library put the class's module before its name.
  const found =
    typeof notes?.class_name === "string" ? notes.class_name.split(".").pop() : undefined;
  if (found === "TensorDB" && className === "TensorBlob") {
    const message = `${name} is that of a TensorDB: each folder beside it is a column, and a blob of its own`;
    throw new NthrecError("NTH_NOT_SUPPORTED", message, { source: name });
  }
  if (found !== className) {
    throw notConf(name, className, `its class is ${JSON.stringify(notes?.class_name)}`);
  }
  return fields;
}

/** The object in a JSON file. @throws {@link NthrecError} `NTH_CORRUPTION` */
export function parseObject(bytes: Uint8Array, name: string): Record<string, unknown> {
  try {
    const value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as unknown;
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch (cause) {
    throw new NthrecError("NTH_CORRUPTION", `${name} is no JSON`, { source: name, cause });
  }
  throw new NthrecError("NTH_CORRUPTION", `${name} holds no object`, { source: name });
}

/** Bytes of a text. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function notConf(name: string, className: string, reason: string): NthrecError {
  return new NthrecError(
    "NTH_CORRUPTION",
    `${name} is no configuration of a ${className}: ${reason}`,
    {
      source: name,
    },
  );
}
