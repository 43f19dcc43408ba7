/** Values for the laws of TFRecord. */
export const tfrecordFormat = {
  values: [0, 1, 10, 55, 127, 128, 300, 70_000, 1_100_000].map((size) =>
    Uint8Array.from({ length: size }, (_, i) => (i * 7 + size) & 255),
  ),
  invalid: [undefined, null, "text", 7, [1, 2], new Uint16Array(2), new ArrayBuffer(2)],
};
