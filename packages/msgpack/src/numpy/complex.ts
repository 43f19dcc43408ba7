/** A complex number of Python, in double precision. Any object of exactly this shape with this class is written as one. */
export class Complex {
  readonly re: number;
  readonly im: number;

  constructor(re: number, im: number) {
    this.re = re;
    this.im = im;
  }

  /** As Python prints it: `(1+2j)`. */
  toString(): string {
    const { re, im } = this;
    const imaginary = `${pythonFloat(im)}j`;
    if (Object.is(re, 0)) return imaginary;
    return `(${pythonFloat(re)}${imaginary.startsWith("-") ? "" : "+"}${imaginary})`;
  }
}

const FLOAT = String.raw`[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|inf|nan)`;
const COMPLEX = new RegExp(`^\\(?(?:(${FLOAT})(?=[+-]))?(${FLOAT})j\\)?$`);

/** Reads what Python prints for a complex number; `undefined` for other text. */
export function parseComplex(text: string): Complex | undefined {
  const match = COMPLEX.exec(text);
  if (match === null) return undefined;
  return new Complex(floatOf(match[1] ?? "0"), floatOf(match[2] as string));
}

function floatOf(text: string): number {
  return Number(text.replace("inf", "Infinity").replace(/[+-]?nan/, "NaN"));
}

/** Python's shortest form of a float within a complex number, which every version of Python reads back. */
function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  return Object.is(value, -0) ? "-0" : String(value);
}
