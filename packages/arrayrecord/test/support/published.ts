import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** A file that another project has among its tests, all of them under the Apache licence 2.0. */
export interface Published {
  /** Its folder, after the project, and its name. */
  readonly name: string;
  readonly origin: string;
  readonly sha256: string;
  readonly bytes: Uint8Array;
}

const rows = JSON.parse(
  readFileSync(new URL("../vectors/arrayrecord/published.json", import.meta.url), "utf8"),
) as (Omit<Published, "bytes"> & { readonly gzip: string })[];

/** The digits of array_record, Kythe's entries, and the files of riegeli-rs. */
export const published: readonly Published[] = rows.map(({ gzip, ...row }) => ({
  ...row,
  bytes: new Uint8Array(gunzipSync(Buffer.from(gzip, "base64"))),
}));
