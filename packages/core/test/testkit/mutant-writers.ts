import { DelimitedWriter } from "../../../../examples/custom-format/src/delimited.ts";
import type { AbortOptions, ByteWriter } from "../../src/index.ts";
import { ChunkedWriter } from "../support/chunked-format.ts";
import { FootedWriter } from "../support/footed-format.ts";

/** Records of a batch reach the file in the reverse order. */
export class ReversingWriter extends DelimitedWriter {
  #held: Uint8Array[] = [];

  protected override _append(value: Uint8Array, _out: ByteWriter): void {
    this.#held.unshift(value);
  }

  protected override _commit(out: ByteWriter): void {
    for (const value of this.#held) super._append(value, out);
    this.#held = [];
  }
}

/** An empty blob is nothing to write. */
export class EmptySkippingWriter extends DelimitedWriter {
  protected override _append(value: Uint8Array, out: ByteWriter): void {
    if (value.length > 0) super._append(value, out);
  }
}

/** What a record looks like depends on how many there were in this sitting. */
export class SittingWriter extends DelimitedWriter {
  #sitting = 0;

  protected override _append(value: Uint8Array, out: ByteWriter): void {
    // A length may be written with a byte too many, and still be read.
    if (this.#sitting++ > 0 || value.length > 0x7f) super._append(value, out);
    else {
      out.u8(value.length | 0x80);
      out.u8(0);
      out.bytes(value);
    }
  }
}

/** Anything is bytes, somehow. */
export class CoercingWriter extends DelimitedWriter {
  protected override _append(value: Uint8Array, out: ByteWriter): void {
    super._append(Uint8Array.from(value ?? []), out);
  }
}

/** A value that cannot be written is remembered, and written with the next one. */
export class GatheringWriter extends DelimitedWriter {
  #group: Uint8Array[] = [];

  protected override _append(value: Uint8Array, out: ByteWriter): void {
    this.#group.push(value instanceof Uint8Array ? value : new Uint8Array(1));
    if (!(value instanceof Uint8Array)) super._append(value, out);
    for (const one of this.#group) super._append(one, out);
    this.#group = [];
  }
}

/** A value is encoded some time after the call. */
export class LateWriter extends DelimitedWriter {
  #calls = 0;

  override async append(value: Uint8Array, options?: AbortOptions): Promise<number> {
    const turns = this.#calls++ % 3;
    for (let i = 0; i < turns; i++) await Promise.resolve();
    return super.append(value, options);
  }
}

/** A commit that nobody can see. */
export class LazyWriter extends DelimitedWriter {
  override async commit(): Promise<void> {}
}

/** Every handle closes the file. */
export class SelfishWriter extends DelimitedWriter {
  override share(): this {
    return this;
  }
}

/** A file that is appended to ends with a mark of its own. */
export class MarkingWriter extends DelimitedWriter {
  protected override _commit(out: ByteWriter): void {
    if (this.mode === "append") out.u8(0);
  }
}

/** A footer is written as if it were a record's. */
export class InlineFooterWriter extends FootedWriter {
  protected override _commit(out: ByteWriter, length: number): void {
    out.bytes(new Uint8Array(8).fill(0xff));
    out.u32le(length);
    out.utf8("FOOT");
  }
}

/** Records wait for their chunk, and core does not know. */
export class SecretlyGatheringWriter extends ChunkedWriter {
  protected override readonly gathers = false;
}

/** A repair copies each frame with what it believes to be a separator. */
export class SeparatingWriter extends DelimitedWriter {
  protected override _copy(frame: Uint8Array, _value: Uint8Array, out: ByteWriter): void {
    out.bytes(frame);
    out.u8(0);
  }
}

/** A repair in which empty blobs are not worth a copy. */
export class EmptyDroppingWriter extends DelimitedWriter {
  protected override _copy(frame: Uint8Array, value: Uint8Array, out: ByteWriter): void {
    if (value.length > 0) out.bytes(frame);
  }
}
