// The page: opens what the user names, and shows one record of it.
import { type AnyReader, openFile } from "./open-file.ts";
import { textOf } from "./text-of.ts";

const file = element<HTMLInputElement>("file");
const url = element<HTMLInputElement>("url");
const number = element<HTMLInputElement>("number");
const status = element("status");
const record = element("record");

let reader: AnyReader | undefined;
/** Ends what the last choice of the user began. */
let current = new AbortController();

file.addEventListener("change", () => {
  const [picked] = file.files ?? [];
  if (picked !== undefined) void open(picked);
});
element("remote").addEventListener("submit", (event) => {
  event.preventDefault();
  void open(new URL(url.value, location.href));
});
number.addEventListener("input", () => void show(number.valueAsNumber));
element("previous").addEventListener("click", () => void show(number.valueAsNumber - 1));
element("next").addEventListener("click", () => void show(number.valueAsNumber + 1));

async function open(data: File | URL): Promise<void> {
  const { signal } = restart();
  status.textContent = "opening";
  try {
    const opened = await openFile(data, (share) => {
      if (!signal.aborted) status.textContent = `looking for records: ${Math.round(100 * share)} %`;
    });
    if (signal.aborted) return void opened.close(); // the user was faster
    await reader?.close();
    reader = opened;
    status.textContent = `${opened.length} records in ${data instanceof URL ? data.pathname : data.name}`;
    await show(0);
  } catch (error) {
    if (!signal.aborted) status.textContent = messageOf(error);
  }
}

async function show(index: number): Promise<void> {
  if (reader === undefined || !(index >= 0 && index < reader.length)) return;
  const { signal } = restart();
  number.value = String(index);
  try {
    record.textContent = textOf(await reader.get(index, { signal }));
  } catch (error) {
    if (!signal.aborted) record.textContent = messageOf(error);
  }
}

function restart(): AbortController {
  current.abort();
  current = new AbortController();
  return current;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function element<T extends HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}
