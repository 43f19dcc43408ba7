// What the page of the browser tests can do; the tests call it by name.
import { isNthrecError, MemorySink, MemoryStore } from "@nthrec/core";
import { formatCases } from "@nthrec/core/testkit";
import {
  decodeExample,
  encodeExample,
  type InflatePlace,
  readTFRecords,
  TFRecordReader,
  TFRecordStreamWriter,
  TFRecordWriter,
} from "@nthrec/tfrecord";
import { tfrecordFormat } from "../../support/format.ts";

/** What the page shows of a record. */
interface Shown {
  readonly label: string;
  readonly width: number;
  readonly height: number;
  /** Red, green and blue of the middle. */
  readonly colour: readonly number[];
}

const readers = new Map<string, TFRecordReader>();

/** Shows image and label of a record, and answers what is to be seen. */
async function show(record: Uint8Array): Promise<Shown> {
  const example = decodeExample(record);
  const [png = new Uint8Array(0)] = example.feature("image")?.bytes() ?? [];
  const figure = document.createElement("figure");
  const image = document.createElement("img");
  const caption = document.createElement("figcaption");
  figure.append(image, caption);
  document.body.replaceChildren(figure);
  const url = URL.createObjectURL(
    new Blob([png as Uint8Array<ArrayBuffer>], { type: "image/png" }),
  );
  image.src = url;
  caption.textContent = `${example.feature("name")?.text()[0]} ${example.feature("label")?.integers()[0]}`;
  await image.decode();
  const { naturalWidth: width, naturalHeight: height } = image;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(width >> 1, height >> 1, 1, 1);
  URL.revokeObjectURL(url);
  return { label: caption.textContent, width, height, colour: [...data.subarray(0, 3)] };
}

async function blobOf(url: string): Promise<Blob> {
  return await (await fetch(url)).blob();
}

/** The code of the error that `job` ends with. */
async function failure(job: () => unknown): Promise<string> {
  try {
    await job();
    return "it did not fail";
  } catch (error) {
    return isNthrecError(error) ? error.code : String(error);
  }
}

const page = {
  /** Opens a file, as a Blob or by ranges, and keeps it open under its kind. */
  async open(kind: "blob" | "http", url: string): Promise<number> {
    const reader = await TFRecordReader.open(kind === "blob" ? await blobOf(url) : url);
    readers.set(kind, reader);
    return reader.length;
  },

  async show(kind: "blob" | "http", index: number): Promise<Shown> {
    return await show(await (readers.get(kind) as TFRecordReader).get(index));
  },

  /** Shows a record of a compressed file, and counts all in sequence. */
  async compressed(url: string, index: number): Promise<{ shown: Shown; count: number }> {
    const blob = await blobOf(url);
    let count = 0;
    for await (const _ of readTFRecords(blob)) count++;
    const stream = (await fetch(url)).body as ReadableStream<Uint8Array>;
    for await (const _ of readTFRecords(stream)) count++;
    await using reader = await TFRecordReader.open(blob, { inflate: "memory" });
    return { shown: await show(await reader.get(index)), count };
  },

  /** Writes compressed files with the browser's own streams, and reads them again. */
  async writes(): Promise<readonly (readonly number[])[]> {
    const found: number[][] = [];
    for (const compression of ["GZIP", "ZLIB"] as const) {
      const sink = new MemorySink();
      const writer = await TFRecordStreamWriter.open(sink, { compression });
      for (let i = 0; i < 1000; i++) await writer.append(encodeExample({ i: BigInt(i) }));
      await writer.close();
      const folder = new MemoryStore();
      const places: InflatePlace[] = ["memory", { folder }, { folder }];
      for (const inflate of places) {
        await using reader = await TFRecordReader.open(sink.toBytes(), { inflate });
        const last =
          decodeExample(await reader.get(999))
            .feature("i")
            ?.integers() ?? [];
        found.push([reader.length, ...last, folder.listSync().length]);
      }
    }
    return found;
  },

  async refusals(compressed: string): Promise<readonly string[]> {
    const blob = await blobOf(compressed);
    const sink = new MemorySink();
    return [
      await failure(() => TFRecordReader.open("/a/path")),
      await failure(() => TFRecordReader.open(blob)),
      await failure(() => TFRecordReader.open(blob, { inflate: "beside" })),
      await failure(() => TFRecordReader.open(compressed, { inflate: "beside" })),
      await failure(() => TFRecordStreamWriter.open(sink, { compression: "GZIP", level: 1 })),
    ];
  },

  /** Whether the page may run WebAssembly. */
  wasm(): boolean {
    try {
      return new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)) !== null;
    } catch {
      return false;
    }
  },

  /** Runs the kit's cases whose names match, and answers what did not hold. */
  async laws(names: string): Promise<{ ran: number; broken: string[] }> {
    const wanted = new RegExp(names);
    const format = { ...tfrecordFormat, Reader: TFRecordReader, Writer: TFRecordWriter };
    const chosen = formatCases(format).filter(({ name }) => wanted.test(name));
    const broken: string[] = [];
    for (const { name, run } of chosen) {
      await run().catch((error: unknown) => broken.push(`${name}: ${error}`));
    }
    return { ran: chosen.length, broken };
  },
};

/** What the tests find on the page. */
export type Page = typeof page;

(globalThis as typeof globalThis & { page: Page }).page = page;
