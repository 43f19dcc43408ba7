import type { CliFormat } from "nthrec";
import {
  DelimitedReader,
  DelimitedWriter,
} from "../../../../examples/custom-format/src/delimited.ts";

/** The example of a format of one's own, on the command line. */
const delimited: CliFormat = {
  name: "delimited",
  summary: "blobs behind their lengths",
  suffixes: [".blobs"],
  recognise: ({ name }) => (name.endsWith(".blobs") ? 0.5 : 0),
  load: async () => ({
    Reader: DelimitedReader,
    Writer: DelimitedWriter,
    toJson: (record) => ({ $bytes: Buffer.from(record as Uint8Array).toString("base64") }),
    fromJson: (value) => Buffer.from((value as { $bytes: string }).$bytes, "base64"),
  }),
};

/** The same, for reading only, and with facts of every kind. */
const readOnly: CliFormat = {
  ...delimited,
  name: "read-only",
  suffixes: [],
  load: async () => {
    const { Writer: _, ...loaded } = await delimited.load();
    return {
      ...loaded,
      facts: () => ({ sorted: true, mean: 1.5, parts: ["a"], nothing: undefined }),
    };
  },
};

export default [delimited, readOnly];
