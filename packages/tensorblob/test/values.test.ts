import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Dtype, Tensor } from "../src/index.ts";
import { dtypes } from "../src/values/dtype.ts";
import {
  type SmallFloatName,
  smallFloatBits,
  smallFloatValues,
} from "../src/values/small-floats.ts";
import { dataOf } from "../src/values/tensor-input.ts";
import { codeOf } from "./support/blobs.ts";

const small: readonly SmallFloatName[] = ["float16", "bfloat16", "float8_e4m3fn", "float8_e5m2"];

/** Numbers of the formats' specifications: largest, smallest normal, smallest, one. */
const landmarks: Record<SmallFloatName, readonly [number, number][]> = {
  float16: [
    [0x7bff, 65_504],
    [0x0400, 2 ** -14],
    [0x0001, 2 ** -24],
    [0x3c00, 1],
    [0x3555, 0.333251953125],
  ],
  bfloat16: [
    [0x7f7f, 3.3895313892515355e38],
    [0x0080, 2 ** -126],
    [0x0001, 2 ** -133],
    [0x3f80, 1],
  ],
  float8_e4m3fn: [
    [0x7e, 448],
    [0x08, 2 ** -6],
    [0x01, 2 ** -9],
    [0x38, 1],
  ],
  float8_e5m2: [
    [0x7b, 57_344],
    [0x04, 2 ** -14],
    [0x01, 2 ** -16],
    [0x3c, 1],
  ],
};

describe.each(small)("%s", (name) => {
  const values = smallFloatValues(name);
  test("has the numbers of its specification", () => {
    for (const [bits, value] of landmarks[name]) {
      expect(values[bits]).toBe(value);
      expect(values[bits + values.length / 2]).toBe(-value);
    }
  });
  test("every pattern of bits survives", () => {
    values.forEach((value, bits) => {
      const again = smallFloatBits(name, value);
      if (Number.isNaN(value)) expect(values[again]).toBeNaN();
      else expect(again).toBe(bits);
    });
  });
  test("a number becomes the nearest one, ties to even", () => {
    const half = values.length / 2;
    for (let bits = 0; bits + 1 < half; bits++) {
      const [low, high] = [values[bits] as number, values[bits + 1] as number];
      if (!(Number.isFinite(low) && Number.isFinite(high))) continue;
      const middle = (low + high) / 2;
      expect(smallFloatBits(name, middle)).toBe(bits % 2 === 0 ? bits : bits + 1);
      expect(smallFloatBits(name, -middle)).toBe((bits % 2 === 0 ? bits : bits + 1) + half);
      expect(smallFloatBits(name, middle - (high - low) / 8)).toBe(bits);
      expect(smallFloatBits(name, middle + (high - low) / 8)).toBe(bits + 1);
    }
  });
  test("what is too large is infinity, or no number where there is none", () => {
    const [[, largest]] = landmarks[name] as [[number, number]];
    for (const value of [largest * 2, Number.POSITIVE_INFINITY, -largest * 2]) {
      const result = values[smallFloatBits(name, value)] as number;
      if (name === "float8_e4m3fn") expect(result).toBeNaN();
      else expect(result).toBe(Math.sign(value) * Number.POSITIVE_INFINITY);
    }
  });
});

test("the upper half of a float32 is a bfloat16, rounded to even", () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true }), (value) => {
      const bits = new Uint32Array(Float32Array.of(value).buffer)[0] as number;
      const rounded = ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
      expect(smallFloatBits("bfloat16", value)).toBe(rounded);
    }),
  );
});

describe("tensors", () => {
  test("have a shape, rows and other shapes of the same memory", () => {
    const tensor = new Tensor("int16", [2, 3], Int16Array.of(1, 2, 3, 4, 5, 6));
    expect(tensor.size).toBe(6);
    expect(tensor.row(1).values()).toEqual([4, 5, 6]);
    expect(tensor.reshape(3, 2).row(2).values()).toEqual([5, 6]);
    expect(String(tensor)).toBe("Tensor(int16, [2, 3])");
    const copy = tensor.clone();
    tensor.row(0).data.fill(0 as never);
    expect(tensor.values()).toEqual([0, 0, 0, 4, 5, 6]);
    expect(copy.values()).toEqual([1, 2, 3, 4, 5, 6]);
    for (const index of [2, -1, 0.5])
      expect(codeOf(() => tensor.row(index))).toBe("NTH_OUT_OF_RANGE");
    expect(codeOf(() => tensor.reshape(4))).toBe("NTH_INVALID_VALUE");
    expect(codeOf(() => new Tensor("int16", [1], new Int8Array(1)))).toBe("NTH_INVALID_VALUE");
  });
  test.each(dtypes)("of %s keep what is written", (dtype) => {
    const complex = dtype.startsWith("complex");
    const given = dtype === "bool" ? [true, false] : [0, 1];
    const data = dataOf(given, dtype);
    const tensor = new Tensor(dtype, [complex ? 1 : 2], data);
    expect(tensor.values().map(Number)).toEqual([...given.map(Number)]);
    expect([...tensor.toFloat32()]).toEqual(given.map(Number));
    expect(Tensor.zeros(dtype, [3]).bytes.every((byte) => byte === 0)).toBe(true);
    expect(dataOf(tensor, dtype)).toBe(data);
    const odd = new Uint8Array(tensor.bytes.length + 1);
    odd.set(tensor.bytes, 1);
    expect(Tensor.over(dtype, tensor.shape, odd.subarray(1)).values()).toEqual(tensor.values());
  });
  test("refuse what their type cannot hold", () => {
    const wrong: [Dtype, unknown][] = [
      ["uint8", [256]],
      ["uint8", [-1]],
      ["int64", [2n ** 63n]],
      ["int64", [2 ** 60]],
      ["int32", [0.5]],
      ["bool", [2]],
      ["bool", new Uint8Array([2])],
      ["complex64", [1, 2, 3]],
      ["float32", [null]],
      ["float32", "text"],
      ["float32", new Float64Array(1)],
      ["int8", new Tensor("uint8", [1], new Uint8Array(1))],
    ];
    for (const [dtype, value] of wrong) {
      expect(
        codeOf(() => dataOf(value as never, dtype)),
        `${dtype} ${String(value)}`,
      ).toBe("NTH_INVALID_VALUE");
    }
    expect([...dataOf([2n ** 64n - 1n], "uint64")]).toEqual([2n ** 64n - 1n]);
    expect([...dataOf(new Float64Array([1, -2]), "bfloat16")]).toEqual([0x3f80, 0xc000]);
    expect([...dataOf(new Float32Array([0.5]), "float16")]).toEqual([0x3800]);
    expect([...dataOf(new Uint8Array([1, 0]), "bool")]).toEqual([1, 0]);
  });
});
