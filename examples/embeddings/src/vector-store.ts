import { join } from "node:path";
import { JsonlReader, JsonlWriter } from "@nthrec/jsonl";
import { Tensor, TensorBlobReader, TensorBlobWriter } from "@nthrec/tensorblob";
import { DIMENSIONS, embed } from "./embed.ts";

/** A text that was found. */
export interface Match {
  readonly text: string;
  /** Cosine of the angle between the vectors, -1 to 1. */
  readonly score: number;
}

/** Vectors that are compared at a time: all the memory that a search takes. */
const BATCH = 1024;

/**
 * Texts in one file, their vectors in another: vector `i` is that of line `i`. Texts go first, so that a crash between
 * the two leaves lines without vectors, which the next call of `add` mends. The exclusive writer keeps others out
 * until both are done.
 */
export async function add(folder: string, texts: readonly string[]): Promise<number> {
  await using lines = await JsonlWriter.open(join(folder, "texts.jsonl"), {
    mode: "append",
    exclusive: true,
  });
  await lines.extend(texts);
  await lines.commit();
  await using vectors = await TensorBlobWriter.open(join(folder, "vectors.blob"), {
    mode: "append",
    dtype: "float32",
    shape: [DIMENSIONS],
  });
  await using written = await JsonlReader.open<string>(join(folder, "texts.jsonl"));
  await vectors.extend(embedAll(written.slice(vectors.length))); // in few commits, not one for each
  return vectors.length;
}

async function* embedAll(texts: AsyncIterable<string>): AsyncIterable<Float32Array> {
  for await (const text of texts) yield embed(text);
}

/** The texts whose vectors are most like that of `query`, the best first. */
export async function search(folder: string, query: string, most: number): Promise<Match[]> {
  await using vectors = await TensorBlobReader.open(join(folder, "vectors.blob"));
  await using texts = await JsonlReader.open<string>(join(folder, "texts.jsonl"));
  const target = embed(query);
  const into = Tensor.zeros("float32", [BATCH, DIMENSIONS]);
  let best: { index: number; score: number }[] = [];
  for (let start = 0; start < vectors.length; start += BATCH) {
    const end = Math.min(start + BATCH, vectors.length);
    const { data } = await vectors.readRange(start, end, { into });
    const scores = dots(data as Float32Array, target);
    const found = scores.map((score, i) => ({ index: start + i, score }));
    best = [...best, ...found].sort((a, b) => b.score - a.score).slice(0, most);
  }
  const names = await texts.getMany(best.map(({ index }) => index));
  return best.map(({ score }, i) => ({ text: names[i] as string, score }));
}

function dots(rows: Float32Array, vector: Float32Array): number[] {
  return Array.from({ length: rows.length / vector.length }, (_, row) => {
    const base = row * vector.length;
    return vector.reduce((sum, each, i) => sum + each * (rows[base + i] as number), 0);
  });
}
