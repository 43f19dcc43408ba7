/** Where each variable of four lanes begins in the state. */
const V0 = 0;
const V1 = 8;
const MUL0 = 16;
const MUL1 = 24;

/** The state before the first byte under Riegeli's key, "Riegeli/records\n" twice: half after half, low before high. */
const START: Int32Array = /* @__PURE__ */ Int32Array.from([
  0x9929a77d, 0xf48fb9b0, 0x46fc54a2, 0xae7a5c50, 0x64151a16, 0x3c70e64b, 0xeac06da1, 0x2e4c0efa,
  0xe46799f6, 0x5cb6f742, 0xbf82eefe, 0xafcf941b, 0x1b806009, 0xd9310f9d, 0x32a37705, 0x2a4b4494,
  0xfe4cce2f, 0xdbe6d5d5, 0x299f31d0, 0xa4093822, 0x03707344, 0x13198a2e, 0x85a308d3, 0x243f6a88,
  0xcb0ef593, 0x3bd39e10, 0xb5f18a8c, 0xc0acf169, 0x34e90c6c, 0xbe5466cf, 0x38d01377, 0x452821e6,
]);

const state: Int32Array = /* @__PURE__ */ new Int32Array(32);
/** The packet to absorb, in halves. */
const lanes: Int32Array = /* @__PURE__ */ new Int32Array(8);
const packet: Uint8Array = /* @__PURE__ */ new Uint8Array(32);
const hash: Uint32Array = /* @__PURE__ */ new Uint32Array(2);

/**
 * HighwayHash-64 of `bytes[start, end)` under Riegeli's key, where there is no WebAssembly: every u64 as two 32-bit
 * halves, because bigints are some twenty times slower.
 *
 * @returns The low and the high half; valid until the next call.
 */
export function hashInHalves(
  bytes: Uint8Array,
  start = 0,
  end: number = bytes.length,
): Uint32Array {
  state.set(START);
  let at = start;
  for (; at + 32 <= end; at += 32) absorb(bytes, at);
  if (at < end) absorbRest(bytes, at, end - at);
  for (let turn = 0; turn < 4; turn++) {
    // The lanes 2 3 0 1 of v0, each with its halves swapped.
    for (let i = 0; i < 8; i++) lanes[i] = half(V0 + ((i ^ 1 ^ 4) & 7));
    update();
  }
  for (const from of [V1, MUL0, MUL1]) add(V0, half(from), half(from + 1));
  hash[0] = half(V0);
  hash[1] = half(V0 + 1);
  return hash;
}

/** Absorbs the 32 bytes at `at`. */
function absorb(bytes: Uint8Array, at: number): void {
  for (let i = 0; i < 8; i++) {
    const p = at + 4 * i;
    const low = (bytes[p] as number) | ((bytes[p + 1] as number) << 8);
    lanes[i] = low | ((bytes[p + 2] as number) << 16) | ((bytes[p + 3] as number) << 24);
  }
  update();
}

/** Absorbs the last `n` bytes, 1 to 31, padded as formats/arrayrecord.md 2.10 says. */
function absorbRest(bytes: Uint8Array, at: number, n: number): void {
  const words = n & ~3;
  const rest = n & 3;
  for (let i = 0; i < 8; i += 2) add(V0 + i, n, n);
  for (let i = V1; i < V1 + 8; i++) state[i] = (half(i) << n) | (half(i) >>> (32 - n));
  packet.fill(0);
  for (let i = 0; i < words; i++) packet[i] = bytes[at + i] as number;
  if (n >= 16) {
    for (let i = 0; i < 4; i++) packet[28 + i] = bytes[at + n - 4 + i] as number;
  } else if (rest > 0) {
    packet[16] = bytes[at + words] as number;
    packet[17] = bytes[at + words + (rest >> 1)] as number;
    packet[18] = bytes[at + words + rest - 1] as number;
  }
  absorb(packet, 0);
}

/** Mixes `lanes` into the state. */
function update(): void {
  for (let i = 0; i < 8; i += 2) {
    add(V1 + i, half(MUL0 + i), half(MUL0 + i + 1));
    add(V1 + i, lanes[i] as number, lanes[i + 1] as number);
    xorProduct(MUL0 + i, half(V1 + i), half(V0 + i + 1));
    add(V0 + i, half(MUL1 + i), half(MUL1 + i + 1));
    xorProduct(MUL1 + i, half(V0 + i), half(V1 + i + 1));
  }
  zip(V1, V0);
  zip(V1 + 4, V0 + 4);
  zip(V0, V1);
  zip(V0 + 4, V1 + 4);
}

function half(i: number): number {
  return state[i] as number;
}

/** Adds `high:low` to the lane whose low half stands at `i`. */
function add(i: number, low: number, high: number): void {
  const sum = (half(i) + low) | 0;
  state[i] = sum;
  state[i + 1] = half(i + 1) + high + carry(sum, low);
}

/** Whether an addition of `term` that gave `sum` went over, as 0 or 1. Written with a condition it takes twice the time. */
function carry(sum: number, term: number): number {
  return +(sum >>> 0 < term >>> 0) | 0;
}

/** XORs the product of two halves, unsigned, into the lane at `i`. */
function xorProduct(i: number, a: number, b: number): void {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const low = Math.imul(a0, b0);
  const middle = Math.imul(a1, b0) + (low >>> 16);
  const inner = Math.imul(a0, b1) + (middle & 0xffff);
  state[i] = half(i) ^ Math.imul(a, b);
  state[i + 1] = half(i + 1) ^ (Math.imul(a1, b1) + (middle >>> 16) + (inner >>> 16));
}

/** Adds the bytes of the lanes at `from` and `from + 2`, mixed, to the lanes at `to` and `to + 2`. */
function zip(from: number, to: number): void {
  const e0 = half(from);
  const e1 = half(from + 1);
  const o0 = half(from + 2);
  const o1 = half(from + 3);
  // Even lane, least significant byte first: e3 o4 e2 e5 | o6 e1 o7 e0.
  add(
    to,
    (e0 >>> 24) | ((o1 & 0xff) << 8) | (e0 & 0xff0000) | ((e1 & 0xff00) << 16),
    ((o1 >>> 16) & 0xff) | (e0 & 0xff00) | ((o1 >>> 24) << 16) | (e0 << 24),
  );
  // Odd lane: o3 e4 o2 o5 | o1 e6 o0 e7.
  add(
    to + 2,
    (o0 >>> 24) | ((e1 & 0xff) << 8) | (o0 & 0xff0000) | ((o1 & 0xff00) << 16),
    ((o0 >>> 8) & 0xff) | ((e1 >>> 8) & 0xff00) | ((o0 & 0xff) << 16) | (e1 & 0xff000000),
  );
}
