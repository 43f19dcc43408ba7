import {
  type BaseIndexedReader,
  BaseIndexedWriter,
  type ByteWriter,
  NthrecError,
  type ReadPlan,
} from "@nthrec/core";
import { encodeSimple } from "../../src/chunk/encode-simple.ts";
import { defaultCodecs } from "../../src/codecs/prepared.ts";
import { ChunkFramer } from "../../src/framing/chunk-framer.ts";
import { ChunkType } from "../../src/framing/chunk-header.ts";
import { RiegeliReader } from "../../src/index.ts";
import { chunkOf } from "./records.ts";

/** Writes what the kit needs to judge readers of plain Riegeli files: a chunk, uncompressed, for each batch. */
export class RiegeliTestWriter extends BaseIndexedWriter<Uint8Array> {
  static readonly Reader: typeof RiegeliReader = RiegeliReader;
  protected override readonly gathers: boolean = true;
  #batch: Uint8Array[] = [];

  protected override _append(value: Uint8Array, _out: ByteWriter): void {
    if (!(value instanceof Uint8Array)) {
      throw new NthrecError("NTH_INVALID_VALUE", `a record is a Uint8Array, not ${typeof value}`);
    }
    this.#batch.push(value.slice());
  }

  protected override _commit(out: ByteWriter, length: number): void {
    const batch = this.#batch;
    this.#batch = [];
    if (batch.length === 0 || length < batch.length) return;
    const chunk = chunkOf(batch);
    const counts = { numRecords: batch.length, decodedDataSize: chunk.bytes.length };
    const data = encodeSimple(chunk, "none", defaultCodecs, {});
    new ChunkFramer(out, out.position).chunk(ChunkType.simple, counts, data);
  }

  protected override *_resume(_: BaseIndexedReader<Uint8Array>, out: ByteWriter): ReadPlan<void> {
    if (out.position === 0) new ChunkFramer(out, 0).signature();
  }
}
