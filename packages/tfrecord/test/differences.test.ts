import { readFileSync } from "node:fs";
import { isNthrecError } from "@nthrec/core";
import { expect, test } from "vitest";
import { readTFRecords, TFRecordReader } from "../src/index.ts";
import { outcomeOf } from "./support/outcome.ts";
import { allFiles, bytesOf, digest, type TensorFlowFile } from "./support/vectors.ts";

// The table of differences in docs/formats/tfrecord.md is what happens, and is complete.

const page = new URL("../../../docs/formats/tfrecord.md", import.meta.url);

/** TensorFlow's errors by what they say of the file. */
function theirs({ tf_records, tf_error }: TensorFlowFile): string {
  const type = tf_error?.type ?? "";
  const what =
    tf_error === null ? "" : type.startsWith("PROCESS CRASH") ? ", crash" : `, \`${type}\``;
  return `${tf_records}${what}`;
}

async function inSequence(bytes: Uint8Array, tail: "error" | "ignore"): Promise<string> {
  const { records, code } = await outcomeOf(readTFRecords(bytes, { tail }));
  return `${records.length}${code === undefined ? "" : `, \`${code}\``}`;
}

/** Records that can be read by number, of how many. */
async function byNumber(bytes: Uint8Array): Promise<string> {
  try {
    await using reader = await TFRecordReader.open(bytes, { inflate: "memory" });
    let sound = 0;
    for (let i = 0; i < reader.length; i++) {
      await reader.get(i).then(
        () => sound++,
        (error) => expect(isNthrecError(error, "NTH_CORRUPTION")).toBe(true),
      );
    }
    return sound === reader.length ? `${sound}` : `${sound} of ${reader.length}`;
  } catch (error) {
    if (!isNthrecError(error)) throw error;
    return `\`${error.code}\``;
  }
}

/** Whether the same records come, and an error where TensorFlow has one. */
function agrees(vector: TensorFlowFile, ours: string): boolean {
  const sequence = vector.tf_error === null ? `${vector.tf_records}` : `${vector.tf_records}, `;
  if (vector.tf_error?.type.startsWith("PROCESS CRASH")) return false;
  return vector.tf_error === null ? ours === sequence : ours.startsWith(sequence);
}

async function rowOf(vector: TensorFlowFile): Promise<string | undefined> {
  const bytes = bytesOf(vector);
  const strict = await inSequence(bytes, "error");
  const number = await byNumber(bytes);
  // By number the records behind a damaged payload are read, too, which TensorFlow cannot.
  if (agrees(vector, strict) && !number.includes(" of ")) return undefined;
  const name = vector.file.replace("damaged/", "");
  const cells = [`\`${name}\``, theirs(vector), strict, await inSequence(bytes, "ignore"), number];
  return `| ${cells.join(" | ")} |`;
}

test("the table of differences is what happens, file by file", async () => {
  const rows = await Promise.all(allFiles.map(rowOf));
  const table = /^\| file \| TensorFlow .*\n\|[- |]+\n((?:\|.*\n)+)/m;
  const written = table.exec(readFileSync(page, "utf8"))?.[1]?.trimEnd().split("\n") ?? [];
  expect(written).toStrictEqual(rows.filter((row) => row !== undefined));
});

test("where the table is silent, records and verdicts are TensorFlow's", async () => {
  for (const vector of allFiles) {
    if ((await rowOf(vector)) !== undefined) continue;
    const { records } = await outcomeOf(readTFRecords(bytesOf(vector)));
    expect([vector.file, digest(records)]).toStrictEqual([vector.file, vector.records_sha256]);
  }
});
