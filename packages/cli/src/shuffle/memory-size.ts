import { InvalidArgumentError } from "commander";

const UNITS = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 } as const;
const LEAST = 2 ** 20;

/** Bytes of `128M`, `1g`, `5000000`; at least a MiB. */
export function memorySize(text: string): number {
  const [, number, unit = ""] = /^(\d+)([kmg]?)$/i.exec(text) ?? [];
  const bytes = Number(number) * UNITS[unit.toLowerCase() as keyof typeof UNITS];
  if (Number.isSafeInteger(bytes) && bytes >= LEAST) return bytes;
  throw new InvalidArgumentError("It must be a size from 1M on, such as 256M or 2G.");
}
