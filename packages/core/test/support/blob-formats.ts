import { ChunkedReader, ChunkedWriter } from "./chunked-format.ts";
import { CountedReader, CountedWriter } from "./counted-format.ts";
import type { BlobFormat } from "./crash.ts";
import { FootedReader, FootedWriter } from "./footed-format.ts";
import { PlainReader, PlainWriter } from "./plain-format.ts";

/** Formats of every kind: plain, with a header that is patched, with a footer, and with records gathered in chunks. */
export const blobFormats: Readonly<Record<string, BlobFormat>> = {
  plain: { Reader: PlainReader, Writer: PlainWriter },
  counted: { Reader: CountedReader, Writer: CountedWriter },
  footed: { Reader: FootedReader, Writer: FootedWriter },
  chunked: { Reader: ChunkedReader, Writer: ChunkedWriter },
};
