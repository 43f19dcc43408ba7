// A program that appends to a blob as one of several: path, first number, how many.
import { TensorBlob } from "../../src/index.ts";

const [path = "", from = "0", count = "0"] = process.argv.slice(2);
await using blob = await TensorBlob.open(path, "a");
for (let i = 0; i < Number(count); i++) {
  await blob.write([Number(from) + i, -Number(from) - i]);
}
