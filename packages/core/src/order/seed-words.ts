/**
 * The `count` words that a seed is stretched to: what `std::seed_seq{seed}` generates, as the C++ standard
 * ([rand.util.seedseq]) defines it.
 */
export function seedWords(seed: number, count: number): Uint32Array {
  const words = new Uint32Array(count).fill(0x8b8b8b8b);
  const at = (k: number): number => words[k % count] as number;
  const add = (k: number, value: number): void => {
    words[k % count] = at(k) + value;
  };
  const lag = lagOf(count);
  const p = Math.floor((count - lag) / 2);
  const q = p + lag;
  // The seed is one word: its own length comes first, then the word itself.
  const input = [1, seed];
  const first = Math.max(2, count);
  for (let k = 0; k < first; k++) {
    const mixed = Math.imul(1664525, fold(at(k) ^ at(k + p) ^ at(k + count - 1)));
    const next = mixed + (k === 0 ? 0 : k % count) + (input[k] ?? 0);
    add(k + p, mixed);
    add(k + q, next);
    words[k % count] = next;
  }
  for (let k = first; k < first + count; k++) {
    const mixed = Math.imul(1566083941, fold(at(k) + at(k + p) + at(k + count - 1)));
    const next = mixed - (k % count);
    words[(k + p) % count] = at(k + p) ^ mixed;
    words[(k + q) % count] = at(k + q) ^ next;
    words[k % count] = next;
  }
  return words;
}

function lagOf(count: number): number {
  if (count >= 623) return 11;
  if (count >= 68) return 7;
  if (count >= 39) return 5;
  if (count >= 7) return 3;
  return Math.floor((count - 1) / 2);
}

function fold(value: number): number {
  return value ^ (value >>> 27);
}
