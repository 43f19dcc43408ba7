/** One member of an archive made for a test. */
export interface MadeMember {
  readonly name: string;
  readonly data?: Uint8Array | string;
  /** @default "0" */
  readonly type?: string;
  readonly prefix?: string;
  /** What the header says instead of the data's length. */
  readonly size?: number;
  /** Writes the size in binary. */
  readonly binary?: boolean;
  /** "ustar\0" and "00", GNU's "ustar  \0", or nothing. @default "ustar" */
  readonly magic?: "ustar" | "gnu" | "none";
  /** Sums bytes as signed. */
  readonly signed?: boolean;
}

const encoder = new TextEncoder();

function put(block: Uint8Array, at: number, text: string): void {
  block.set(encoder.encode(text), at);
}

/** The blocks of a member. */
export function memberBytes(member: MadeMember): Uint8Array {
  const { name, data = "", type = "0", prefix, binary, magic = "ustar", signed } = member;
  const content = typeof data === "string" ? encoder.encode(data) : data;
  const size = member.size ?? content.length;
  const bytes = new Uint8Array(512 + Math.ceil(content.length / 512) * 512);
  put(bytes, 0, name);
  put(bytes, 100, "0000644\0");
  if (binary) {
    new DataView(bytes.buffer).setBigUint64(128, BigInt(size));
    bytes[124] = 0x80;
  } else put(bytes, 124, `${size.toString(8).padStart(11, "0")}\0`);
  put(bytes, 156, type);
  if (magic !== "none") put(bytes, 257, magic === "ustar" ? "ustar\x0000" : "ustar  \0");
  if (prefix !== undefined) put(bytes, 345, prefix);
  put(bytes, 148, " ".repeat(8));
  let sum = 0;
  for (const byte of bytes.subarray(0, 512)) sum += signed && byte > 127 ? byte - 256 : byte;
  put(bytes, 148, `${sum.toString(8).padStart(6, "0")}\0 `);
  bytes.set(content, 512);
  return bytes;
}

/** A pax header with these records. */
export function pax(records: Readonly<Record<string, string>>, type = "x"): MadeMember {
  const data = Object.entries(records).map(([name, value]) => {
    const rest = encoder.encode(` ${name}=${value}\n`).length;
    let length = rest + 1;
    while (`${length}`.length + rest !== length) length = `${length}`.length + rest;
    return `${length} ${name}=${value}\n`;
  });
  return { name: "PaxHeader", type, data: data.join("") };
}

/** An archive, with the two blocks of zeros that end one. */
export function tarBytes(members: readonly MadeMember[], end = 1024): Uint8Array {
  return joined([...members.map(memberBytes), new Uint8Array(end)]);
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
