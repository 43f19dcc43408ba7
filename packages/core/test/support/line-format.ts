import {
  BaseIndexedReader,
  NthrecError,
  type OffsetTable,
  type ReadPlan,
} from "../../src/index.ts";

/** Lines, which are told apart by the byte before them; a line that begins with "!" cannot be decoded. */
export class LineReader extends BaseIndexedReader<string> {
  static override readonly format: string = "line";
  protected override readonly lead: 0 | 1 = 1;
  protected override readonly borrows: boolean = true;

  protected override *_buildIndex(offsets: OffsetTable, start: number): ReadPlan<number> {
    let begin = start;
    for (let at = start; at < this.end; ) {
      const stop = Math.min(at + 4096, this.end);
      const bytes = yield { start: at, end: stop };
      for (let i = bytes.indexOf(10); i >= 0; i = bytes.indexOf(10, i + 1)) {
        offsets.push(begin);
        begin = at + i + 1;
      }
      at = stop;
    }
    return begin;
  }

  protected override _frames(bytes: Uint8Array, before: number | undefined): boolean {
    return (before === undefined || before === 10) && bytes.indexOf(10) === bytes.length - 1;
  }

  protected override _get(bytes: Uint8Array, index: number): string {
    const line = new TextDecoder().decode(bytes.subarray(0, -1));
    if (!line.startsWith("!")) return line;
    throw new NthrecError("NTH_DECODE_ERROR", `line ${index} begins with "!"`);
  }
}
