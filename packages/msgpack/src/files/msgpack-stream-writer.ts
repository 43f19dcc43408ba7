import {
  BaseIndexedWriter,
  type ByteWriter,
  type RepairOptions,
  type RepairReport,
  type StoreEntry,
  type WriterClass,
} from "@nthrec/core";
import { ValueEncoder } from "../values/value-encoder.ts";
import type { MsgpackWriterOptions } from "./msgpack-options.ts";
import { MsgpackStreamReader } from "./msgpack-stream-reader.ts";

/** Writes MessagePack values one behind another, with nothing around them. */
export class MsgpackStreamWriter<T = unknown> extends BaseIndexedWriter<T, MsgpackWriterOptions> {
  static readonly Reader: typeof MsgpackStreamReader = MsgpackStreamReader;
  /**
   * Keeps every whole record, as it is, up to the first damage, behind which nothing tells where a value begins.
   * What cannot be decoded is kept, too, unless the options say otherwise.
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

  protected override _append(value: T, out: ByteWriter): void {
    out.bytes(this.#encoder.encode(value));
  }

  protected override _commit(): void {}
}

/** Lets a scan end at damage instead of failing there. */
class SalvageReader<T = unknown> extends MsgpackStreamReader<T> {
  protected override _damaged(): void {}
}

/** Writes what a {@link SalvageReader} finds. */
class Salvage extends MsgpackStreamWriter<never> {
  static override readonly Reader: typeof SalvageReader = SalvageReader;
}
