import {
  type AbortOptions,
  type BaseIndexedReader,
  BaseIndexedWriter,
  type ByteWriter,
  type DataOutput,
  isNthrecError,
  type LocalOutput,
  NthrecError,
  type ReadPlan,
  type RepairOptions,
  type RepairReport,
  type StoreEntry,
  type SyncByteSink,
  type WriterClass,
  type WriterOptions,
} from "@nthrec/core";
import { type Layout, type LayoutOptions, layoutOf } from "../values/layout.ts";
import { dataOf, type TensorInput } from "../values/tensor-input.ts";
import { checkLayout, encodeHeader } from "./header.ts";
import { TensorStreamReader } from "./tensor-stream-reader.ts";

/** Options of a writer of tensors. */
export interface TensorStreamWriterOptions extends WriterOptions, LayoutOptions {}

/** Writes tensors of one layout behind a header. */
export class TensorStreamWriter<
  O extends TensorStreamWriterOptions = TensorStreamWriterOptions,
> extends BaseIndexedWriter<TensorInput, O> {
  static readonly Reader: typeof TensorStreamReader = TensorStreamReader;
  readonly #layout: Layout;

  /** Makes a writer that is not open. @throws {@link NthrecError} `NTH_INVALID_VALUE` without a layout */
  constructor(options?: O) {
    super(options === undefined ? options : { ...options, index: "none" });
    this.#layout = requiredLayout(this.options);
  }

  /** {@inheritDoc @nthrec/core#BaseIndexedWriter.open} A file that is continued says what its tensors are; the options need not. */
  static override async open<W extends BaseIndexedWriter<never>, P extends WriterOptions>(
    this: WriterClass<W, P>,
    data: DataOutput,
    options?: P,
  ): Promise<W> {
    const known = asksFile(data, options) ? await layoutThere(this, data, options) : undefined;
    const all = withLayout(options, known);
    return (await BaseIndexedWriter.open.call(this as never, data, all as never)) as unknown as W;
  }

  /** {@link TensorStreamWriter.open}, before it returns; for local data. */
  static override openSync<W extends BaseIndexedWriter<never>, P extends WriterOptions>(
    this: WriterClass<W, P>,
    data: LocalOutput,
    options?: P,
  ): W {
    const known = asksFile(data, options) ? layoutThereSync(this, data) : undefined;
    const all = withLayout(options, known);
    return BaseIndexedWriter.openSync.call(this as never, data, all as never) as unknown as W;
  }

  /** {@inheritDoc @nthrec/core#BaseIndexedWriter.repair} The new file has the layout of the old one. */
  static override async repair<W extends BaseIndexedWriter<never>, P extends WriterOptions>(
    this: WriterClass<W, P>,
    data: string | URL | StoreEntry,
    options: RepairOptions,
  ): Promise<RepairReport> {
    const layout = await layoutIn(this, data, options);
    const Writer = this as unknown as typeof TensorStreamWriter;
    class Repairer extends Writer {
      constructor(given?: TensorStreamWriterOptions) {
        super({ ...given, dtype: layout.dtypeName, shape: layout.shape });
      }
    }
    return await BaseIndexedWriter.repair.call(Repairer as never, data, options);
  }

  /** What all tensors have in common. */
  get layout(): Layout {
    return this.#layout;
  }

  protected override _append(value: TensorInput, out: ByteWriter): void {
    out.bytes(encodeTensor(value, this.#layout));
  }

  protected override _commit(): void {}

  protected override *_resume(
    reader: BaseIndexedReader<TensorInput>,
    out: ByteWriter,
  ): ReadPlan<void> {
    if (out.position === 0) out.bytes(encodeHeader(this.#layout));
    else checkLayout((reader as unknown as TensorStreamReader).layout, this.#layout, this.name);
  }
}

/** What the tensors of a damaged file have in common. */
async function layoutIn(
  Writer: unknown,
  data: string | URL | StoreEntry,
  { signal }: AbortOptions,
): Promise<Layout> {
  const { Reader } = Writer as typeof TensorStreamWriter;
  await using reader = await Reader.open(data, { tail: "ignore", signal });
  return reader.layout;
}

/** Whether a file may have to say what its tensors are. */
function asksFile(
  data: DataOutput,
  options: TensorStreamWriterOptions = {},
): data is string | URL | StoreEntry {
  const { mode, dtype, shape } = options;
  const place = typeof data === "string" || data instanceof URL || "store" in data;
  return place && mode === "append" && (dtype === undefined || shape === undefined);
}

/** What the tensors of a file have in common, if there is one and it has any. */
async function layoutThere(
  Writer: unknown,
  data: string | URL | StoreEntry,
  { signal }: AbortOptions = {},
): Promise<Layout | undefined> {
  const { Reader } = Writer as typeof TensorStreamWriter;
  try {
    await using reader = await Reader.open(data, { tail: "ignore", signal });
    return layoutKnown(reader);
  } catch (error) {
    if (isNthrecError(error, "NTH_NOT_FOUND")) return undefined;
    throw error;
  }
}

/** {@link layoutThere}, before it returns. */
function layoutThereSync(
  Writer: unknown,
  data: Exclude<LocalOutput, SyncByteSink>,
): Layout | undefined {
  const { Reader } = Writer as typeof TensorStreamWriter;
  try {
    using reader = Reader.openSync(data, { tail: "ignore" });
    return layoutKnown(reader);
  } catch (error) {
    if (isNthrecError(error, "NTH_NOT_FOUND")) return undefined;
    throw error;
  }
}

/** An empty file says nothing. */
function layoutKnown(reader: TensorStreamReader): Layout | undefined {
  try {
    return reader.layout;
  } catch (error) {
    if (isNthrecError(error, "NTH_NOT_SUPPORTED")) return undefined;
    throw error;
  }
}

/** What the options leave open, as the file has it; what they say is compared with the file later. */
function withLayout(
  options: TensorStreamWriterOptions | undefined,
  layout: Layout | undefined,
): TensorStreamWriterOptions | undefined {
  if (layout === undefined) return options;
  const { dtype = layout.dtypeName, shape = layout.shape } = options ?? {};
  return { ...options, dtype, shape };
}

/** The bytes of one tensor. @throws {@link NthrecError} `NTH_INVALID_VALUE` */
export function encodeTensor(value: TensorInput, layout: Layout): Uint8Array {
  const { dtype, shape, rowBytes } = layout;
  const data = dataOf(value, dtype);
  if (data.byteLength !== rowBytes) {
    throw new NthrecError(
      "NTH_INVALID_VALUE",
      `a tensor of shape [${shape.join(", ")}] has ${rowBytes} bytes of ${dtype}, not ${data.byteLength}`,
    );
  }
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function requiredLayout({ dtype, shape }: LayoutOptions): Layout {
  if (dtype !== undefined && shape !== undefined) return layoutOf(dtype, shape);
  throw new NthrecError(
    "NTH_INVALID_VALUE",
    "new tensors need a layout: pass dtype and shape to open",
  );
}
