import type { LocalOutput } from "@nthrec/core";
import { checkLayout } from "../stream/header.ts";
import type { Layout } from "../values/layout.ts";
import { Tensor } from "../values/tensor.ts";
import type { BlobChanges } from "./blob-changes.ts";
import { publishStage, type Stage, underLock } from "./change.ts";
import type { LentBytes } from "./lent-bytes.ts";
import type { LivePlace } from "./open-store.ts";
import { TensorBlobWriter, type TensorBlobWriterOptions } from "./tensor-blob-writer.ts";
import { Turns } from "./turns.ts";
import { act, type Course } from "./twofold.ts";

/** So much at once is written from where it lies; of less, what is appended in one turn travels in one commit. */
const DIRECT_BYTES = 256 * 1024;

/** Changes of a blob that others may write to as well: each is published before it is over. */
export class SharedChanges implements BlobChanges {
  readonly name: string;
  readonly layout: Layout;
  readonly #place: LivePlace;
  readonly #options: TensorBlobWriterOptions;
  readonly #turns: Turns = new Turns();
  /** Of small appends. It goes by the state that it left itself, so that a change in another way ends it. */
  #writer: TensorBlobWriter | undefined;
  /** Tensors, while there is no writer. */
  #length = 0;

  private constructor(
    place: LivePlace,
    options: TensorBlobWriterOptions,
    writer: TensorBlobWriter,
  ) {
    this.#place = place;
    this.#options = options;
    this.#writer = writer;
    this.name = writer.name;
    this.layout = writer.layout;
  }

  /** Opens a blob that exists. */
  static *open(place: LivePlace, options: TensorBlobWriterOptions): Course<SharedChanges> {
    return new SharedChanges(place, options, yield* openWriter(place, options));
  }

  get length(): number {
    return this.#writer?.length ?? this.#length;
  }

  *append(rows: LentBytes): Course<void> {
    // A promise for some time from now is kept by the writer's timer.
    const timed = typeof this.#options.durability === "object";
    if (rows.length >= DIRECT_BYTES && !timed) {
      yield* this.change((folder, conf, stat) => folder.append(conf, stat, rows.bytes));
      return;
    }
    const ready = !this.#turns.taken && this.#writer;
    const writer = ready || (yield* this.#turns.take(this.name, () => this.#ready()));
    yield* act(
      () => writer.extend(tensorsOf(rows, this.layout)),
      () => writer.extendSync(tensorsOf(rows, this.layout)),
    );
  }

  *change(stage: Stage): Course<void> {
    const self = this;
    yield* this.#turns.take(this.name, function* () {
      yield* self.#dismiss();
      const after = yield* underLock(self.#place, self.#options, function* (folder) {
        const conf = folder.conf();
        checkLayout(conf, self.layout, self.name);
        return yield* publishStage(folder, conf, stage);
      });
      self.#length = after.length;
    });
  }

  *flush(): Course<void> {
    const writer = this.#writer;
    if (writer === undefined) return;
    yield* act(
      () => writer.commit(),
      () => writer.commitSync(),
    );
  }

  *close(): Course<void> {
    yield* this.#turns.take(this.name, () => this.#dismiss());
  }

  *#ready(): Course<TensorBlobWriter> {
    this.#writer ??= yield* openWriter(this.#place, this.#options);
    return this.#writer;
  }

  /** Ends the writer, with all that it has pending. */
  *#dismiss(): Course<void> {
    const writer = this.#writer;
    if (writer === undefined) return;
    this.#length = writer.length;
    yield* act(
      () => writer.close(),
      () => writer.closeSync(),
    );
    this.#writer = undefined;
  }
}

function openWriter(
  { origin }: LivePlace,
  options: TensorBlobWriterOptions,
): Course<TensorBlobWriter> {
  const shared = { ...options, mode: "append", exclusive: false } as const;
  return act(
    () => TensorBlobWriter.open(origin, shared),
    () => TensorBlobWriter.openSync(origin as LocalOutput, shared),
  );
}

function* tensorsOf(rows: LentBytes, { dtype, shape, rowBytes }: Layout): Generator<Tensor> {
  for (let at = 0; at < rows.length; at += rowBytes) {
    yield Tensor.over(dtype, shape, rows.bytes.subarray(at, at + rowBytes));
  }
}
