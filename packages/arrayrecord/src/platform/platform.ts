import type { Codec, Codecs, Decoder, Encoder } from "../codecs/codec.ts";
import type { ChunkThreads } from "../threads/chunk-threads.ts";

/** What differs between Node and a browser. `#platform` is one object of this type; nothing else may. */
export interface CodecPlatform {
  /** The codec if it needs no loading. */
  codecNow(name: keyof Codecs): Codec | undefined;
  /** Loads what reads. */
  loadDecoder(name: keyof Codecs): Promise<Decoder>;
  /** Loads what writes. */
  loadEncoder(name: keyof Codecs): Promise<Encoder>;
  /** Threads for chunks. @throws {@link NthrecError} `NTH_NOT_SUPPORTED` where there are none */
  chunkThreads(count: number): ChunkThreads;
}
