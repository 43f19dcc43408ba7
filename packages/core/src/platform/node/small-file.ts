import { closeSync, openSync, readSync } from "node:fs";

/** More than any file that is read here has; a longer one is cut and will not parse. */
const MAX_BYTES = 4096;
const buffer: Buffer = Buffer.alloc(MAX_BYTES);

/** The text of a small file, Latin-1 (four times faster than `readFileSync`, which asks for the size first). */
export function readSmallFile(path: string): string {
  const fd = openSync(path, "r");
  try {
    return readDescriptor(fd);
  } finally {
    closeSync(fd);
  }
}

/** The text of an open small file. */
export function readDescriptor(fd: number): string {
  return buffer.toString("latin1", 0, readSync(fd, buffer, 0, MAX_BYTES, 0));
}
