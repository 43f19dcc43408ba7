import { Complex, ExtData, type Tensor, Timestamp } from "@nthrec/msgpack";
import { fromJson, toJson } from "../output/json.ts";
import { isTensor, tensorFromJson, tensorToJson } from "./msgpack-tensors.ts";

/**
 * A value of MessagePack as JSON: `{"$ext": [type, base64]}`, `{"$time": "…Z"}` or, beyond the years 0 to 9999,
 * `{"$time": [seconds, nanoseconds]}`, `{"$complex": [re, im]}`, and `{"$tensor": …}` for what NumPy wrote.
 */
export function msgpackToJson(value: unknown): unknown {
  return toJson(value, (object) => {
    if (object instanceof ExtData) return { $ext: [object.type, base64(object)] };
    if (object instanceof Timestamp) return { $time: timeText(object) };
    if (object instanceof Complex) return { $complex: [toJson(object.re), toJson(object.im)] };
    return isTensor(object) ? { $tensor: tensorToJson(object as Tensor) } : undefined;
  });
}

/** What {@link msgpackToJson} stood for. @throws {@link SyntaxError} */
export function msgpackFromJson(value: unknown): unknown {
  return fromJson(value, (mark, content) => {
    switch (mark) {
      case "$ext":
        return extension(content);
      case "$time":
        return time(content);
      case "$complex":
        return complex(content);
      case "$tensor":
        return tensorFromJson(content);
      default:
        return undefined;
    }
  });
}

function base64({ data }: ExtData): string {
  return Buffer.from(data as Uint8Array).toString("base64");
}

/** A second before the year 0, and the first one behind the year 9999. */
const [BEFORE, BEHIND] = [-62_167_219_201, 253_402_300_800];

function timeText({ seconds, nanoseconds }: Timestamp): string | readonly number[] {
  if (seconds <= BEFORE || seconds >= BEHIND) return [seconds, nanoseconds];
  const text = new Date(seconds * 1000).toISOString().slice(0, -5);
  const fraction = String(nanoseconds).padStart(9, "0").replace(/0+$/, "");
  return `${text}${fraction === "" ? "" : `.${fraction}`}Z`;
}

function extension(content: unknown): ExtData | undefined {
  if (!Array.isArray(content) || content.length !== 2) return undefined;
  const [type, data] = content as unknown[];
  if (!Number.isInteger(type) || Math.abs(Number(type)) > 128 || typeof data !== "string") {
    return undefined;
  }
  return new ExtData(Number(type), new Uint8Array(Buffer.from(data, "base64")));
}

function time(content: unknown): Timestamp | undefined {
  if (Array.isArray(content) && content.length === 2) {
    return new Timestamp(Number(content[0]), Number(content[1]));
  }
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(String(content));
  const milliseconds = Date.parse(`${parts?.[1]}Z`);
  if (parts === null || Number.isNaN(milliseconds)) return undefined;
  return new Timestamp(milliseconds / 1000, Number((parts[2] ?? "").padEnd(9, "0")));
}

function complex(content: unknown): Complex | undefined {
  const plain = fromJson(content);
  if (!Array.isArray(plain) || plain.length !== 2) return undefined;
  const [re, im] = plain as unknown[];
  return typeof re === "number" && typeof im === "number" ? new Complex(re, im) : undefined;
}
