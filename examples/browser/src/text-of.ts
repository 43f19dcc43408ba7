const MOST_BYTES = 256;

/** A record as a page shows it: bytes as text where they are text, else in hexadecimal. */
export function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return textOfBytes(value);
  return JSON.stringify(
    value,
    (_, each) => (each instanceof Uint8Array ? textOfBytes(each) : each),
    2,
  );
}

function textOfBytes(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    const shown = [...bytes.subarray(0, MOST_BYTES)].map((byte) =>
      byte.toString(16).padStart(2, "0"),
    );
    const more = bytes.length > MOST_BYTES ? ` … ${bytes.length} bytes` : "";
    return shown.join(" ") + more;
  }
}
