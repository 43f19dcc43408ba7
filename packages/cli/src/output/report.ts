import { sep } from "node:path";
import { isNthrecError } from "@nthrec/core";
import type { Io } from "./io.ts";

/** A text with the paths in it as one names them from here. */
export function fromHere(text: string): string {
  return text.replaceAll(`${process.cwd()}${sep}`, "");
}

/** Prints facts: for humans a line each with names aligned, for machines one JSON object. */
export async function printFacts(
  io: Io,
  json: boolean,
  facts: Readonly<Record<string, unknown>>,
): Promise<void> {
  if (json) {
    await io.stdout.write(`${JSON.stringify(facts)}\n`);
    return;
  }
  const known = Object.entries(facts).filter(([, value]) => value !== undefined);
  const width = Math.max(...known.map(([name]) => name.length));
  for (const [name, value] of known) {
    await io.stdout.write(`${name.padEnd(width)}  ${inWords(value)}\n`);
  }
}

function inWords(value: unknown): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return Number.isInteger(value) ? grouped(value) : String(value);
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A whole number with its thousands apart, the same in every locale. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** Tells what went wrong on standard error: the code, where there is one, and the message. */
export async function complain(io: Io, error: unknown): Promise<void> {
  const name = isNthrecError(error) ? ` ${error.code}` : "";
  const message = error instanceof Error ? error.message : String(error);
  await io.stderr.write(`nthrec:${name} ${fromHere(message)}\n`);
}

/** A number with its noun: `1 record`, `2 records`. */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`;
}
