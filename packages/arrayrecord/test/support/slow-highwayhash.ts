const WORD = (1n << 64n) - 1n;
const KEY = [0x2f696c6567656952n, 0x0a7364726f636572n, 0x2f696c6567656952n, 0x0a7364726f636572n];
const MUL0 = [0xdbe6d5d5fe4cce2fn, 0xa4093822299f31d0n, 0x13198a2e03707344n, 0x243f6a8885a308d3n];
const MUL1 = [0x3bd39e10cb0ef593n, 0xc0acf169b5f18a8cn, 0xbe5466cf34e90c6cn, 0x452821e638d01377n];
const EVEN = [3, 12, 2, 5, 14, 1, 15, 0];
const ODD = [11, 4, 10, 13, 9, 6, 8, 7];

type Lanes = bigint[];
interface State {
  v0: Lanes;
  v1: Lanes;
  mul0: Lanes;
  mul1: Lanes;
}

const at = (lanes: Lanes, i: number): bigint => lanes[i] as bigint;
const swap = (x: bigint): bigint => ((x >> 32n) | (x << 32n)) & WORD;
const low = (x: bigint): bigint => x & 0xffffffffn;

/** HighwayHash-64 under Riegeli's key as its definition reads (formats/arrayrecord.md 2.10), with bigints. */
export function slowHighwayHash(bytes: Uint8Array): bigint {
  const state: State = {
    v0: MUL0.map((mul, i) => mul ^ at(KEY, i)),
    v1: MUL1.map((mul, i) => mul ^ swap(at(KEY, i))),
    mul0: [...MUL0],
    mul1: [...MUL1],
  };
  const whole = bytes.length - (bytes.length % 32);
  for (let p = 0; p < whole; p += 32) update(state, lanesOf(bytes.subarray(p, p + 32)));
  if (whole < bytes.length) pad(state, bytes.subarray(whole));
  for (let i = 0; i < 4; i++)
    update(
      state,
      [2, 3, 0, 1].map((lane) => swap(at(state.v0, lane))),
    );
  return (at(state.v0, 0) + at(state.v1, 0) + at(state.mul0, 0) + at(state.mul1, 0)) & WORD;
}

function pad(state: State, rest: Uint8Array): void {
  const n = rest.length;
  const turn = (x: bigint): bigint => low((x << BigInt(n)) | (x >> BigInt(32 - n)));
  state.v0 = state.v0.map((x) => (x + (BigInt(n) << 32n) + BigInt(n)) & WORD);
  state.v1 = state.v1.map((x) => turn(low(x)) | (turn(x >> 32n) << 32n));
  const packet = new Uint8Array(32);
  const words = n - (n % 4);
  const k = n % 4;
  packet.set(rest.subarray(0, words));
  if (n >= 16) packet.set(rest.subarray(n - 4), 28);
  else if (k > 0)
    packet.set(
      [0, k >> 1, k - 1].map((i) => rest[words + i] as number),
      16,
    );
  update(state, lanesOf(packet));
}

function lanesOf(packet: Uint8Array): Lanes {
  const view = new DataView(packet.buffer, packet.byteOffset);
  return [0, 8, 16, 24].map((p) => view.getBigUint64(p, true));
}

function update({ v0, v1, mul0, mul1 }: State, packet: Lanes): void {
  for (let i = 0; i < 4; i++) {
    v1[i] = (at(v1, i) + at(mul0, i) + at(packet, i)) & WORD;
    mul0[i] = at(mul0, i) ^ (low(at(v1, i)) * (at(v0, i) >> 32n));
    v0[i] = (at(v0, i) + at(mul1, i)) & WORD;
    mul1[i] = at(mul1, i) ^ (low(at(v0, i)) * (at(v1, i) >> 32n));
  }
  zip(v1, v0);
  zip(v0, v1);
}

function zip(from: Lanes, to: Lanes): void {
  for (const lane of [0, 2]) {
    const pair = at(from, lane) | (at(from, lane + 1) << 64n);
    const pick = (order: number[]): bigint =>
      order.reduce((sum, p, i) => sum | (((pair >> BigInt(8 * p)) & 255n) << BigInt(8 * i)), 0n);
    to[lane] = (at(to, lane) + pick(EVEN)) & WORD;
    to[lane + 1] = (at(to, lane + 1) + pick(ODD)) & WORD;
  }
}
