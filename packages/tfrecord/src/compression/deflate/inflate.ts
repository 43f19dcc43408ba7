import type { Compression } from "../compression.ts";
import { malformedStream, strayBytes, truncatedStream } from "../stream-errors.ts";
import { BitInput, type Inflating } from "./bit-input.ts";
import { Adler32, type Checksum, Crc32 } from "./checksums.ts";
import { inflateRaw } from "./inflate-raw.ts";

/** Flags in the header of a GZIP member (RFC 1952). */
const FLAGS = { headerCrc: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 };
const TWO_32 = 4294967296;

/**
 * Inflates a file: every member of a GZIP file, the one stream of a ZLIB file. Checksums and sizes are checked, and
 * so is that nothing follows, which is `NTH_TRUNCATED` as stray bytes behind the last record are. What is sound before
 * damage is handed out before the error comes.
 *
 * @throws {@link NthrecError} `NTH_CORRUPTION`, `NTH_TRUNCATED`
 */
export function* inflate(compression: Compression): Inflating {
  const input = new BitInput();
  if (compression === "ZLIB") yield* inflateZlib(input);
  else {
    let members = 0;
    do yield* inflateMember(input, members++);
    while (!(yield* input.ended()));
  }
  if (!(yield* input.ended())) throw strayBytes(input.position);
}

function* inflateZlib(input: BitInput): Inflating {
  const method = yield* byte(input);
  const flags = yield* byte(input);
  if ((method & 15) !== 8 || method >>> 4 > 7 || (method * 256 + flags) % 31 !== 0) {
    throw malformedStream("it does not begin as a ZLIB stream", 0);
  }
  if (flags & 0x20) throw malformedStream("it needs a dictionary", 0);
  const sum = new Adler32();
  yield* summed(input, sum);
  let stated = 0;
  for (let i = 0; i < 4; i++) stated = stated * 256 + (yield* byte(input));
  if (stated !== sum.value) throw malformedStream("its checksum does not fit", input.position);
}

function* inflateMember(input: BitInput, before: number): Inflating {
  yield* skipHeader(input, before);
  const sum = new Crc32();
  const size = yield* summed(input, sum);
  if ((yield* u32(input)) !== sum.value) {
    throw malformedStream("its checksum does not fit", input.position);
  }
  if ((yield* u32(input)) !== size % TWO_32) {
    throw malformedStream("its size does not fit", input.position);
  }
}

function* skipHeader(input: BitInput, before: number): Inflating {
  const begin = input.position;
  const isMember = (yield* byte(input)) === 0x1f && (yield* byte(input)) === 0x8b;
  if (!isMember && before > 0) throw strayBytes(begin);
  if (!isMember || (yield* byte(input)) !== 8) {
    throw malformedStream("no GZIP member begins here", begin);
  }
  const flags = yield* byte(input);
  if (flags & FLAGS.reserved) throw malformedStream("its header has unknown flags", begin);
  for (let i = 0; i < 6; i++) yield* byte(input);
  if (flags & FLAGS.extra) {
    let rest = (yield* byte(input)) + 256 * (yield* byte(input));
    for (; rest > 0; rest--) yield* byte(input);
  }
  if (flags & FLAGS.name) while ((yield* byte(input)) !== 0);
  if (flags & FLAGS.comment) while ((yield* byte(input)) !== 0);
  if (flags & FLAGS.headerCrc) for (let i = 0; i < 2; i++) yield* byte(input);
}

/** Inflates, and answers how many bytes that gave. */
function* summed(input: BitInput, sum: Checksum): Inflating<number> {
  let size = 0;
  const plan = inflateRaw(input);
  for (let next = plan.next(); ; ) {
    if (next.done) break;
    if (next.value !== undefined) {
      sum.update(next.value);
      size += next.value.length;
    }
    next = plan.next(yield next.value);
  }
  input.align();
  return size;
}

function* byte(input: BitInput): Inflating<number> {
  if (!(yield* input.need(8))) throw truncatedStream(input.position);
  return input.take(8);
}

function* u32(input: BitInput): Inflating<number> {
  let value = 0;
  for (let i = 0; i < 4; i++) value += (yield* byte(input)) * 256 ** i;
  return value;
}
