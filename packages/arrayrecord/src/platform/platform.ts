import type { Codec, Codecs } from "../codecs/codec.ts";

/** What differs between Node and a browser. `#platform` is one object of this type; nothing else may. */
export interface CodecPlatform {
  /** The codec if it needs no loading. */
  codecNow(name: keyof Codecs): Codec | undefined;
  /** Loads a codec. */
  loadCodec(name: keyof Codecs): Promise<Codec>;
}
