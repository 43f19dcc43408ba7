import type { Codec, Codecs, Decoder, Encoder } from "../codecs/codec.ts";

/** What differs between Node and a browser. `#platform` is one object of this type; nothing else may. */
export interface CodecPlatform {
  /** The codec if it needs no loading. */
  codecNow(name: keyof Codecs): Codec | undefined;
  /** Loads what reads. */
  loadDecoder(name: keyof Codecs): Promise<Decoder>;
  /** Loads what writes. */
  loadEncoder(name: keyof Codecs): Promise<Encoder>;
}
