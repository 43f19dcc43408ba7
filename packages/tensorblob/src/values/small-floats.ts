/** A binary floating-point format of at most 16 bits. */
interface SmallFloat {
  readonly exponentBits: number;
  readonly mantissaBits: number;
  /** Whether the largest exponent also holds finite numbers, so that there is no infinity and one NaN. */
  readonly finite: boolean;
}

/** The formats by the names of their element types. */
const formats: Readonly<Record<SmallFloatName, SmallFloat>> = {
  float16: { exponentBits: 5, mantissaBits: 10, finite: false },
  bfloat16: { exponentBits: 8, mantissaBits: 7, finite: false },
  float8_e4m3fn: { exponentBits: 4, mantissaBits: 3, finite: true },
  float8_e5m2: { exponentBits: 5, mantissaBits: 2, finite: false },
};

/** An element type whose numbers are kept as bits. */
export type SmallFloatName = "float16" | "bfloat16" | "float8_e4m3fn" | "float8_e5m2";

const tables = new Map<SmallFloatName, Float32Array>();

/** Whether a type's numbers are kept as bits. */
export function isSmallFloat(name: string): name is SmallFloatName {
  return Object.hasOwn(formats, name);
}

/** The number that each pattern of bits stands for: 256 or 65,536 of them, exact. */
export function smallFloatValues(name: SmallFloatName): Float32Array {
  let table = tables.get(name);
  if (table === undefined) {
    const { exponentBits, mantissaBits } = formats[name];
    const format = formats[name];
    table = Float32Array.from({ length: 2 ** (1 + exponentBits + mantissaBits) }, (_, bits) =>
      decode(bits, format),
    );
    tables.set(name, table);
  }
  return table;
}

function decode(bits: number, { exponentBits, mantissaBits, finite }: SmallFloat): number {
  const signBit = 2 ** (exponentBits + mantissaBits);
  const sign = bits >= signBit ? -1 : 1;
  const rest = bits % signBit;
  const exponent = Math.floor(rest / 2 ** mantissaBits);
  const mantissa = rest % 2 ** mantissaBits;
  const largest = 2 ** exponentBits - 1;
  if (exponent === largest) {
    if (!finite) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    if (mantissa === 2 ** mantissaBits - 1) return Number.NaN;
  }
  const lowest = 2 - 2 ** (exponentBits - 1);
  if (exponent === 0) return sign * mantissa * 2 ** (lowest - mantissaBits);
  return sign * (2 ** mantissaBits + mantissa) * 2 ** (lowest + exponent - 1 - mantissaBits);
}

/**
 * The bits of the nearest number, ties to even. What is too large becomes infinity, or NaN where there is none, as
 * ml_dtypes has it; PyTorch 2.15 takes the largest number instead.
 */
export function smallFloatBits(name: SmallFloatName, value: number): number {
  const { exponentBits, mantissaBits, finite } = formats[name];
  const sign = value < 0 || Object.is(value, -0) ? 2 ** (exponentBits + mantissaBits) : 0;
  const top = 2 ** exponentBits - 1;
  const infinity = top * 2 ** mantissaBits;
  const nan = finite ? infinity + 2 ** mantissaBits - 1 : infinity + 2 ** (mantissaBits - 1);
  if (Number.isNaN(value)) return nan;
  const size = Math.abs(value);
  if (size === Number.POSITIVE_INFINITY) return sign + (finite ? nan : infinity);
  const lowest = 2 - 2 ** (exponentBits - 1);
  const exponent = Math.max(exponentOf(size), lowest);
  const count = roundEven(size / 2 ** (exponent - mantissaBits));
  // A number that rounds up to the next power of two carries into the exponent by itself.
  const bits = (exponent - lowest) * 2 ** mantissaBits + count;
  const limit = finite ? nan : infinity;
  return sign + Math.min(bits, limit);
}

/** The exponent of the largest power of two that is not larger than `size`. */
function exponentOf(size: number): number {
  if (size === 0) return Number.NEGATIVE_INFINITY;
  const guess = Math.floor(Math.log2(size));
  // A logarithm may round across a power of two.
  if (2 ** guess > size) return guess - 1;
  return 2 ** (guess + 1) <= size ? guess + 1 : guess;
}

function roundEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}
