import { NthrecError } from "@nthrec/core";
import { platform } from "#platform";
import type { Codec, Codecs, Compression, CompressOptions, Decoder, Encoder } from "./codec.ts";

/** Machinery that is loaded once, and again if that failed. */
class Loaded<T> {
  readonly #load: () => Promise<T>;
  #loading: Promise<void> | undefined;
  value: T | undefined;
  failure: unknown;

  constructor(load: () => Promise<T>, ready: T | undefined) {
    this.#load = load;
    this.value = ready;
  }

  /** What fails is told by the first who needs it: most files need one codec only. */
  prepare(): Promise<void> {
    if (this.value !== undefined) return Promise.resolve();
    this.#loading ??= this.#load()
      .then((value) => {
        this.value = value;
      })
      .catch((failure: unknown) => {
        this.failure = failure;
        this.#loading = undefined;
      });
    return this.#loading;
  }
}

/** Where the halves of a codec come from. */
export interface CodecLoaders {
  readonly decoder: () => Promise<Decoder>;
  readonly encoder: () => Promise<Encoder>;
}

/** A codec whose halves are loaded once, by {@link prepareCodecs}. */
export class PreparedCodec implements Codec {
  readonly #name: keyof Codecs;
  readonly #decoder: Loaded<Decoder>;
  readonly #encoder: Loaded<Encoder>;

  constructor(name: keyof Codecs, { decoder, encoder }: CodecLoaders, ready?: Codec) {
    this.#name = name;
    this.#decoder = new Loaded(decoder, ready);
    this.#encoder = new Loaded(encoder, ready);
  }

  compress(bytes: Uint8Array, options: CompressOptions): Uint8Array {
    const { value, failure } = this.#encoder;
    if (value === undefined) throw this.#notReady("ArrayRecordWriter", failure);
    return value.compress(bytes, options);
  }

  decompress(bytes: Uint8Array, size: number): Uint8Array {
    return this.#ready().decompress(bytes, size);
  }

  lend(bytes: Uint8Array, size: number): Uint8Array {
    const decoder = this.#ready();
    return decoder.lend?.(bytes, size) ?? decoder.decompress(bytes, size);
  }

  /** @throws {@link NthrecError} `NTH_NOT_SUPPORTED` unless it can compress, and so */
  check(options: CompressOptions): void {
    const { value, failure } = this.#encoder;
    if (value === undefined) throw this.#notReady("ArrayRecordWriter", failure);
    value.check?.(options);
  }

  /** Loads what reads. */
  async prepareDecoder(): Promise<void> {
    await this.#decoder.prepare();
  }

  /** Loads what reads, and what writes. */
  async prepare(): Promise<void> {
    await Promise.all([this.#decoder.prepare(), this.#encoder.prepare()]);
  }

  #ready(): Decoder {
    const { value, failure } = this.#decoder;
    if (value === undefined) throw this.#notReady("ArrayRecordReader", failure);
    return value;
  }

  #notReady(Class: string, failure: unknown): NthrecError {
    // A writer that continues a file reads it, too.
    const also = Class === "ArrayRecordReader" ? " (to append, ArrayRecordWriter.prepare())" : "";
    const reason =
      failure === undefined
        ? `await ${Class}.prepare() once${also}, or open without Sync`
        : "it could not be loaded";
    return new NthrecError("NTH_NOT_SUPPORTED", `the ${this.#name} codec is not ready: ${reason}`, {
      cause: failure,
    });
  }
}

function preparedCodec(name: keyof Codecs): PreparedCodec {
  const loaders = {
    decoder: () => platform.loadDecoder(name),
    encoder: () => platform.loadEncoder(name),
  };
  return new PreparedCodec(name, loaders, platform.codecNow(name));
}

const prepared = {
  brotli: preparedCodec("brotli"),
  zstd: preparedCodec("zstd"),
  snappy: preparedCodec("snappy"),
};

/** The codecs of this platform. */
export const defaultCodecs: Codecs = prepared;

/** Loads what reads; once it resolved, readers can use the verbs ending in `Sync`. */
export async function prepareDecoders(): Promise<void> {
  await Promise.all(Object.values(prepared).map((codec) => codec.prepareDecoder()));
}

/** Loads all of the codecs of this platform; once it resolved, writers can use the verbs ending in `Sync`, too. */
export async function prepareCodecs(): Promise<void> {
  await Promise.all(Object.values(prepared).map((codec) => codec.prepare()));
}

/** The platform's codecs, but for those that the caller brings. */
export function codecsWith(own: Partial<Codecs> | undefined): Codecs {
  return own === undefined ? defaultCodecs : { ...defaultCodecs, ...own };
}

/**
 * Checks that a codec can compress as a writer wants it, before there is something to compress.
 *
 * @throws {@link NthrecError} `NTH_NOT_SUPPORTED` when it is not prepared, could not be loaded, or does not have what the options ask
 */
export function checkEncoder(
  { compression, level, windowLog }: CompressOptions & { readonly compression: Compression },
  codecs: Codecs,
): void {
  if (compression !== "none") codecs[compression].check?.({ level, windowLog });
}
