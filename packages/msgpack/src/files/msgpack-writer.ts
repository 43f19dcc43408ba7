import {
  type BaseIndexedReader,
  BaseIndexedWriter,
  type ByteWriter,
  NthrecError,
  type ReadPlan,
  type RepairOptions,
  type RepairReport,
  type StoreEntry,
  type WriterClass,
} from "@nthrec/core";
import { ValueEncoder } from "../values/value-encoder.ts";
import { ARRAY32, COUNT_AT, HEAD_BYTES, MOST_RECORDS } from "../wire/array-head.ts";
import type { MsgpackWriterOptions } from "./msgpack-options.ts";
import { MsgpackReader } from "./msgpack-reader.ts";

/**
 * Writes a MessagePack array that is a whole file, as the Python original does: a head with a count of 32 bits, and
 * the records behind it. Every commit leaves the count right, so that any decoder can read the file as one array.
 */
export class MsgpackWriter<T = unknown> extends BaseIndexedWriter<T, MsgpackWriterOptions> {
  static readonly Reader: typeof MsgpackReader = MsgpackReader;
  /**
   * Keeps every whole record, as it is, up to the first damage, behind which nothing tells where a value begins.
   * Of a file with a short head it makes one that can grow.
   *
   * @see {@link BaseIndexedWriter.repair}
   */
  static override repair<W extends BaseIndexedWriter<never>, P extends MsgpackWriterOptions>(
    this: WriterClass<W, P>,
    data: string | URL | StoreEntry,
    options: RepairOptions,
  ): Promise<RepairReport> {
    return super.repair.call(Salvage, data, { undecodable: "keep", ...options });
  }

  readonly #encoder = new ValueEncoder(this.options);

  protected override *_resume(reader: BaseIndexedReader<T>, out: ByteWriter): ReadPlan<void> {
    if (out.position > 0) {
      refuseShort(reader as MsgpackReader<T>);
    } else {
      out.u8(ARRAY32);
      out.u32be(0);
    }
  }

  protected override _append(value: T, out: ByteWriter): void {
    out.bytes(this.#encoder.encode(value));
  }

  protected override _commit(out: ByteWriter, length: number): void {
    if (length > MOST_RECORDS) {
      throw new NthrecError(
        "NTH_INVALID_VALUE",
        `${length} records are more than the ${MOST_RECORDS} that an array can count`,
      );
    }
    const count = new Uint8Array(HEAD_BYTES - COUNT_AT);
    new DataView(count.buffer).setUint32(0, length);
    out.patch(COUNT_AT, count);
  }
}

/** A short head has no room for another count, and a longer one would lie over the first records. */
function refuseShort(reader: MsgpackReader): void {
  const { head } = reader;
  if (head === undefined || head.kind === "array32") return;
  throw new NthrecError(
    "NTH_NOT_SUPPORTED",
    `the array's head is a ${head.kind}, which cannot grow: MsgpackWriter.repair(file, { to: another }) or, with a ` +
      "backup, { inPlace: true } copies the records behind a head that can",
  );
}

/** Lets a scan end at damage instead of failing there. */
class SalvageReader<T = unknown> extends MsgpackReader<T> {
  protected override _damaged(): void {}
}

/** Writes what a {@link SalvageReader} finds. */
class Salvage extends MsgpackWriter<never> {
  static override readonly Reader: typeof SalvageReader = SalvageReader;
}
