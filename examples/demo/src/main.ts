// Every city of the world with at least 1,000 inhabitants, as a file of JSON lines: what one does with such a file.
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { JsonlReader, JsonlWriter } from "@nthrec/jsonl";
import { type City, colony, writeCities } from "./city.ts";
import { count, step } from "./steps.ts";

const folder = mkdtempSync(join(tmpdir(), "nthrec-demo-"));
const path = join(folder, "cities.jsonl");
try {
  await write();
  await index();
  await using cities = await openAgain();
  await read(cities);
  await append();
  await readWhatCame(cities);
  await heal(join(folder, "copy.jsonl"));
} finally {
  rmSync(folder, { recursive: true });
}

/** Where the file comes from is of no account: a log, an export, a crawl. */
async function write(): Promise<void> {
  const job = () => writeCities(path);
  await step("another program writes the file", job, (lines) => {
    return `${count(lines)} lines, ${count(statSync(path).size)} bytes`;
  });
}

/** The first opening finds every record, and leaves an index beside the file. */
async function index(): Promise<void> {
  const open = () =>
    JsonlReader.open<City>(path, {
      onIndexProgress({ records, position, size }) {
        console.log(`  ${Math.round((100 * position) / size)} %: ${count(records)} records so far`);
      },
    });
  const cities = await step("open it: finds every record", open, ({ length }) => {
    return `${count(length)} records; the index is now beside it`;
  });
  await cities.close();
}

/** With a sound index, opening costs the same for any number of records. */
function openAgain(): Promise<JsonlReader<City>> {
  const open = () => JsonlReader.open<City>(path);
  return step("open it again", open, ({ length }) => `${count(length)} records, by the index`);
}

/** Any record, in any order, alone or together. */
async function read(cities: JsonlReader<City>): Promise<void> {
  await step("read the 54,321st record", () => cities.get(54_320), place);
  await step("read the last ten", () => gather(cities.slice(-10)), names);

  const numbers = Array.from({ length: 1000 }, () => Math.floor(Math.random() * cities.length));
  const some = () => cities.getMany(numbers);
  await step("read a random thousand at once", some, (found) => {
    return `the largest of them: ${place(found.reduce(larger))}`;
  });

  const all = () => largestOf(cities);
  await step("read all of them, one after another", all, (city) => {
    return `the largest of all: ${place(city)}`;
  });
}

/** Two handles, opened apart as two programs would, append to one file; what resolved is published. */
async function append(): Promise<void> {
  await using left = await JsonlWriter.open(path, { mode: "append" });
  await using right = await JsonlWriter.open(path, { mode: "append" });
  const appends = (): Promise<number[]> => {
    const pairs = Array.from({ length: 5 }, (_, i) => [
      left.append(colony(`Left ${i}`)),
      right.append(colony(`Right ${i}`)),
    ]);
    return Promise.all(pairs.flat());
  };
  await step("append ten records by two handles", appends, (numbers) => {
    return `records ${count(Math.min(...numbers))} to ${count(Math.max(...numbers))}`;
  });
}

/** An open reader keeps what it opened, until it is told to look again. */
async function readWhatCame(cities: JsonlReader<City>): Promise<void> {
  const before = cities.length;
  const look = async (): Promise<City[]> => {
    await cities.refresh();
    return await gather(cities.slice(before));
  };
  await step("read what was appended", look, names);
}

/** An index that was cut off is noticed, made anew, and is the same as before, byte for byte. */
async function heal(copy: string): Promise<void> {
  copyFileSync(path, copy);
  copyFileSync(`${path}.idx`, `${copy}.idx`);
  truncateSync(`${copy}.idx`, statSync(`${copy}.idx`).size >> 1);
  const open = () => JsonlReader.open<City>(copy);
  await using cities = await step("open a copy with half of its index", open, ({ length }) => {
    const healed = readFileSync(`${copy}.idx`).equals(readFileSync(`${path}.idx`));
    if (!healed) throw new Error("the index is not what it was");
    return `${count(length)} records; the index has healed`;
  });

  const verify = () => cities.verify({ level: "full" });
  await step("verify every byte of the copy", verify, ({ ok, checked, problems }) => {
    if (!ok) throw new Error(problems[0]?.message);
    return `${count(checked)} records are sound`;
  });
}

async function gather<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

async function largestOf(cities: AsyncIterable<City>): Promise<City> {
  let largest = colony("nowhere");
  for await (const city of cities) largest = larger(largest, city);
  return largest;
}

function larger(a: City, b: City): City {
  return b.population > a.population ? b : a;
}

function place({ name, country, population }: City): string {
  return `${name} (${country}), ${count(population)} inhabitants`;
}

function names(cities: readonly City[]): string {
  return cities.map(({ name }) => name).join(", ");
}
