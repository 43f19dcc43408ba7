import { NthrecError } from "@nthrec/core";
import { type BlobConf, confOf, decodeConfig, encodeConfig } from "../folder/conf.ts";
import { type LayoutOptions, layoutOf, sameLayout } from "../values/layout.ts";

/** How a caller names the columns of a database: by name, the type and shape of one row's tensor. */
export type SchemaInput = Readonly<
  Record<
    string,
    readonly [dtype: string, shape: readonly number[] | number] | Required<LayoutOptions>
  >
>;

/** The columns of a database, in the order of their names. */
export type Schema = ReadonlyMap<string, BlobConf>;

/**
 * Checks what a caller passed as schema.
 *
 * @throws {@link NthrecError} `NTH_INVALID_VALUE` for no columns, or a name that a folder cannot have
 */
export function schemaOf(input: SchemaInput, blockSize?: number): Schema {
  const names = Object.keys(input).sort();
  if (names.length === 0) {
    throw new NthrecError(
      "NTH_INVALID_VALUE",
      "a database needs at least one column in its schema",
    );
  }
  return new Map(
    names.map((name) => {
      if (name === "" || name.startsWith(".") || /[/\\\0]/.test(name)) {
        throw new NthrecError(
          "NTH_INVALID_VALUE",
          `${JSON.stringify(name)} cannot be a column: a name has no separator and no dot in front`,
        );
      }
      const given = input[name] as SchemaInput[string];
      const [dtype, shape] = Array.isArray(given)
        ? (given as readonly [string, readonly number[] | number])
        : [(given as LayoutOptions).dtype, (given as LayoutOptions).shape];
      if (typeof dtype !== "string" || shape === undefined) {
        throw new NthrecError("NTH_INVALID_VALUE", `column ${name} needs a dtype and a shape`);
      }
      return [name, confOf(layoutOf(dtype, shape, name), blockSize)] as const;
    }),
  );
}

/** The bytes of a database's configuration, as the original writes them. */
export function encodeDbConf(schema: Schema): Uint8Array {
  const [first] = schema.values();
  const fields = Object.fromEntries(
    [...schema].map(([name, { dtypeName, shape }]) => [name, [dtypeName, shape]]),
  );
  return encodeConfig("TensorDB", { block_size: first?.blockSize, schema: fields });
}

/** Reads a database's configuration. @throws {@link NthrecError} `NTH_CORRUPTION` */
export function decodeDbConf(bytes: Uint8Array, name: string): Schema {
  const { block_size: blockSize, schema } = decodeConfig(bytes, "TensorDB", name);
  if (typeof blockSize !== "number" || typeof schema !== "object" || schema === null) {
    throw new NthrecError("NTH_CORRUPTION", `${name} names no block_size and schema`, {
      source: name,
    });
  }
  try {
    return schemaOf(schema as SchemaInput, blockSize);
  } catch (cause) {
    throw new NthrecError(
      "NTH_CORRUPTION",
      `${name} names no schema: ${(cause as Error).message}`,
      {
        source: name,
        cause,
      },
    );
  }
}

/** Whether two schemas describe the same columns. */
export function sameSchema(a: Schema, b: Schema): boolean {
  if (a.size !== b.size) return false;
  return [...a].every(([name, conf]) => {
    const other = b.get(name);
    return other !== undefined && sameLayout(conf, other);
  });
}
