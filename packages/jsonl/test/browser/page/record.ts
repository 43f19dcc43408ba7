/** A record that tells its number, of 110 to 160 bytes, not all of them ASCII. */
export interface Numbered {
  readonly i: number;
  readonly text: string;
}

const PAD = "the n-th record – a línea más – ".repeat(8);

/** Record `i` of every file of these tests. */
export function numbered(i: number): Numbered {
  return { i, text: PAD.slice(i % 7, 90 + (i % 50)) };
}

/** Whether `value` is record `i`, all of it. */
export function isRecord(value: unknown, i: number): boolean {
  return JSON.stringify(value) === JSON.stringify(numbered(i));
}

/** Lines of the records `[from, to)`. */
export function linesOf(from: number, to: number): string {
  let text = "";
  for (let i = from; i < to; i++) text += `${JSON.stringify(numbered(i))}\n`;
  return text;
}

/** `count` record numbers below `below`, the same in every run. */
export function someNumbers(count: number, below: number): number[] {
  let state = 20_260_101;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 4_294_967_296) * below);
  });
}
