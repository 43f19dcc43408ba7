export type { Codec, Codecs, Compression, CompressOptions } from "./codecs/codec.ts";
