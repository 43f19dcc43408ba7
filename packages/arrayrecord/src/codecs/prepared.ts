import { NthrecError } from "@nthrec/core";
import { platform } from "#platform";
import type { Codec, Codecs, CompressOptions } from "./codec.ts";

/** A codec whose machinery is loaded once, by {@link prepareCodecs}. */
export class PreparedCodec implements Codec {
  readonly #name: keyof Codecs;
  readonly #load: () => Promise<Codec>;
  #codec: Codec | undefined;
  #loading: Promise<void> | undefined;
  #failure: unknown;

  constructor(name: keyof Codecs, load: () => Promise<Codec>, ready?: Codec) {
    this.#name = name;
    this.#load = load;
    this.#codec = ready;
  }

  compress(bytes: Uint8Array, options: CompressOptions): Uint8Array {
    return this.#ready().compress(bytes, options);
  }

  decompress(bytes: Uint8Array, size: number): Uint8Array {
    return this.#ready().decompress(bytes, size);
  }

  /** Loads the codec. What fails is told by the first who needs it: most files need one codec only. */
  prepare(): Promise<void> {
    if (this.#codec !== undefined) return Promise.resolve();
    this.#loading ??= this.#load()
      .then((codec) => {
        this.#codec = codec;
      })
      .catch((failure: unknown) => {
        this.#failure = failure;
        this.#loading = undefined;
      });
    return this.#loading;
  }

  #ready(): Codec {
    if (this.#codec !== undefined) return this.#codec;
    const reason =
      this.#failure === undefined
        ? "await ArrayRecordReader.prepare() once, or open without Sync"
        : "it could not be loaded";
    throw new NthrecError("NTH_NOT_SUPPORTED", `the ${this.#name} codec is not ready: ${reason}`, {
      cause: this.#failure,
    });
  }
}

function preparedCodec(name: keyof Codecs): PreparedCodec {
  return new PreparedCodec(name, () => platform.loadCodec(name), platform.codecNow(name));
}

const prepared = {
  brotli: preparedCodec("brotli"),
  zstd: preparedCodec("zstd"),
  snappy: preparedCodec("snappy"),
};

/** The codecs of this platform. */
export const defaultCodecs: Codecs = prepared;

/** Loads the codecs of this platform; once it resolved, the verbs ending in `Sync` can use them. */
export async function prepareCodecs(): Promise<void> {
  await Promise.all(Object.values(prepared).map((codec) => codec.prepare()));
}

/** The platform's codecs, but for those that the caller brings. */
export function codecsWith(own: Partial<Codecs> | undefined): Codecs {
  return own === undefined ? defaultCodecs : { ...defaultCodecs, ...own };
}
