import { promises } from "node:fs";
import { join } from "node:path";
import { isUtf8 } from "@nthrec/core";
import { UsageError } from "../exit.ts";
import type { LoadedFormat } from "../formats/cli-format.ts";
import type { Io } from "./io.ts";
import { jsonText } from "./json.ts";

/** How records are printed. */
export interface PrintOptions {
  /** Their bytes, one after another, instead of JSON lines. */
  readonly raw?: boolean | undefined;
  /** A folder for byte strings, which then print as `{"$file": path}`. */
  readonly out?: string | undefined;
  /** JSON with indentation. */
  readonly pretty?: boolean | undefined;
}

/** Prints records to standard output. */
export class RecordPrinter {
  readonly #io: Io;
  readonly #format: LoadedFormat;
  readonly #options: PrintOptions;
  #files = 0;

  constructor(io: Io, format: LoadedFormat, options: PrintOptions) {
    this.#io = io;
    this.#format = format;
    this.#options = options;
  }

  /** @param bytes The record's frame, for `--raw`. */
  async print(record: unknown, index: number, bytes: () => Promise<Uint8Array>): Promise<void> {
    const { raw, out, pretty } = this.#options;
    if (raw === true) {
      const { toBytes, rawFrames } = this.#format;
      const own = rawFrames === true ? undefined : toBytes?.(record);
      await this.#bytes(own ?? (await bytes()), index);
      return;
    }
    const json = this.#format.toJson(record);
    const value = out === undefined ? json : await this.#filed(json, index, []);
    await this.#io.stdout.write(`${this.#shown(jsonText(value, pretty ? 2 : 0))}\n`);
  }

  async #bytes(bytes: Uint8Array, index: number): Promise<void> {
    if (this.#io.stdout.isTerminal && !isPlainText(bytes)) {
      throw new UsageError(
        `record ${index} holds bytes that a terminal cannot show: send them to a file or a program`,
      );
    }
    await this.#io.stdout.write(bytes);
  }

  /** JSON leaves control characters from U+007F on as they are, and a terminal obeys them. */
  #shown(text: string): string {
    if (!this.#io.stdout.isTerminal) return text;
    return text.replace(/[\u007f-\u009f]/g, (each) => `\\u00${each.charCodeAt(0).toString(16)}`);
  }

  /** The value with its byte strings put into files. */
  async #filed(value: unknown, index: number, path: readonly string[]): Promise<unknown> {
    if (Array.isArray(value)) {
      const filed: unknown[] = [];
      for (const [i, each] of value.entries()) {
        filed.push(await this.#filed(each, index, [...path, String(i)]));
      }
      return filed;
    }
    if (typeof value !== "object" || value === null) return value;
    const { $bytes } = value as { $bytes?: unknown };
    if (typeof $bytes === "string" && Object.keys(value).length === 1) {
      return { $file: await this.#file(Buffer.from($bytes, "base64"), index, path) };
    }
    const fields: [string, unknown][] = [];
    for (const [name, each] of Object.entries(value)) {
      fields.push([name, await this.#filed(each, index, [...path, name])]);
    }
    return Object.fromEntries(fields);
  }

  async #file(bytes: Uint8Array, index: number, path: readonly string[]): Promise<string> {
    const folder = this.#options.out as string;
    if (this.#files++ === 0) await promises.mkdir(folder, { recursive: true });
    const name = [String(index), ...path].map(safeName).join("-");
    const target = join(folder, `${name}${endingOf(bytes)}`);
    await promises.writeFile(target, bytes);
    return target;
  }
}

/** Whether bytes are text that moves no cursor and changes no colour. */
function isPlainText(bytes: Uint8Array): boolean {
  if (!isUtf8(bytes)) return false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return !/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(
    Buffer.from(bytes).toString("utf8").replaceAll("\r\n", "\n"),
  );
}

/** A part of a file name that no file system takes for anything else, whatever a record called it. */
function safeName(part: string): string {
  return part.replace(/[^A-Za-z0-9_]+/g, "_").slice(0, 60) || "_";
}

const endings: readonly (readonly [ending: string, magic: readonly number[]])[] = [
  [".png", [0x89, 0x50, 0x4e, 0x47]],
  [".jpg", [0xff, 0xd8, 0xff]],
  [".gif", [0x47, 0x49, 0x46, 0x38]],
  [".webp", [0x52, 0x49, 0x46, 0x46]],
  [".pdf", [0x25, 0x50, 0x44, 0x46]],
];

function endingOf(bytes: Uint8Array): string {
  const known = endings.find(([, magic]) => magic.every((byte, i) => bytes[i] === byte));
  return known?.[0] ?? ".bin";
}
