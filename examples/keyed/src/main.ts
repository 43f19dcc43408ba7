// Photos as Examples, in two shards, looked up by their name; then more are appended, and found, too.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openShardWriter } from "@nthrec/core/shards";
import { exampleSchema, TFRecordRandomAccess, TFRecordWriter } from "@nthrec/tfrecord";

const photo = exampleSchema({
  name: { kind: "text", size: "one" },
  pixels: { kind: "bytes", size: "one" },
  width: { kind: "integer", size: "one" },
});

const folder = mkdtempSync(join(tmpdir(), "nthrec-keyed-"));
const shards = join(folder, "photos@2.tfrecord");
try {
  await write("write", 0, 1000);
  await look();
  await write("append", 1000, 1010);
  await look();
} finally {
  rmSync(folder, { recursive: true });
}

async function write(mode: "write" | "append", from: number, to: number): Promise<void> {
  await using writer = await openShardWriter(TFRecordWriter, shards, { mode });
  for (let i = from; i < to; i++) {
    const width = 1 + (i % 64);
    await writer.append(
      photo.encode({ name: `photo ${i}`, width, pixels: new Uint8Array(width).fill(i) }),
    );
  }
}

/** The index lies where it is told to: a set of shards has no file of its own to lie beside. */
async function look(): Promise<void> {
  await using photos = await TFRecordRandomAccess.open(shards, {
    keyFeatureName: "name",
    indexFile: join(folder, "photos.keys"),
  });
  console.log(`${photos.length} photos`);

  const bytes = await photos.getRawRecord("photo 777");
  if (bytes === null) throw new Error("photo 777 is not there");
  const { width, pixels } = photo.decode(bytes);
  console.log(`photo 777 is ${width} wide and has ${pixels.length} pixels`);

  // One feature alone: the pixels are not looked at.
  console.log(`photo 1005: ${await photos.getFeature("photo 1005", "width")}`);
  console.log(`photo 12345: ${(await photos.has("photo 12345")) ? "there" : "not there"}`);
}
