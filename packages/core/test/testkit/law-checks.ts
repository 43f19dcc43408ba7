import { expect } from "vitest";
import {
  DelimitedReader,
  DelimitedWriter,
} from "../../../../examples/custom-format/src/delimited.ts";
import { unchecked } from "../../../../examples/custom-format/test/unchecked.ts";
import {
  type ConformanceCase,
  type FormatCasesOptions,
  type FormatUnderTest,
  formatCases,
} from "../../src/testkit/index.ts";
import { blobs } from "../support/blobs.ts";

/** Blobs that tell mutants apart: one is empty, two are equal in size, one is longer than a length byte tells. */
export const values: readonly Uint8Array[] = blobs(0, 1, 2, 17, 17, 127, 128, 300);

/** The delimited format with parts of it replaced. */
export function delimited(
  changes: Partial<FormatUnderTest<Uint8Array>> = {},
): FormatUnderTest<Uint8Array> {
  return { Reader: DelimitedReader, Writer: DelimitedWriter, values, unchecked, ...changes };
}

/** Runs the cases of `format` whose name begins with `law`, and answers those that failed. */
export async function failing<T>(
  format: FormatUnderTest<T>,
  law: string,
  options: FormatCasesOptions = {},
): Promise<readonly { readonly name: string; readonly error: Error }[]> {
  const cases = formatCases(format, options).filter(({ name }) => name.startsWith(law));
  expect(cases.length, `cases that begin with "${law}"`).toBeGreaterThan(0);
  const failed: { readonly name: string; readonly error: Error }[] = [];
  for (const { name, run } of cases) {
    const error = await errorOf(run);
    if (error !== undefined) failed.push({ name, error });
  }
  return failed;
}

async function errorOf(run: ConformanceCase["run"]): Promise<Error | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return error as Error;
  }
}
