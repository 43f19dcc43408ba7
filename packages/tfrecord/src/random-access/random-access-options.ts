import type { AbortOptions, HttpOptions, StoreEntry } from "@nthrec/core";
import type { InflatePlace } from "../compression/inflate-place.ts";
import type { ChecksumLevel } from "../records/record-options.ts";
import type { StemRule } from "../tar/member-name.ts";

/** How records are found by key. */
export interface RandomAccessOptions extends AbortOptions {
  /** The feature whose first value is a record's key. Archives have no such feature: there it is the stem. @default "key" */
  readonly keyFeatureName?: string | undefined;
  /**
   * Where the index of the keys lies. Another program's file, a pickle of tfd-utils for instance, is neither read nor
   * replaced. @default `<data>.keys-<feature>` for one file; for several the index is in memory
   */
  readonly indexFile?: string | URL | StoreEntry | undefined;
  /** How many records pass between two calls of `onProgress`. @default 1000 */
  readonly progressInterval?: number | undefined;
  /** Called while the keys are indexed, and once at the end. */
  readonly onProgress?: ((records: number) => void) | undefined;
  /** Which record a key finds that several have. For archives: which file a part is that comes twice. @default "last" */
  readonly duplicates?: "first" | "last" | "error" | undefined;
  /** What a record without the feature is, or with an empty one; files without extension in archives. @default "error", archives "skip" */
  readonly missing?: "skip" | "error" | undefined;
  /** What a record is that is damaged or no Example. @default "error" */
  readonly damaged?: "skip" | "error" | undefined;
  /** Whether text that no record has as key finds the number that it spells. @default false */
  readonly looseKeys?: boolean | undefined;
  /** What to do with an index that is missing, invalid or stale. @default "rebuild" */
  readonly onStaleIndex?: "rebuild" | "memory" | "throw" | undefined;
  /** Whether the data are tar archives. @default by their names, of Blobs and bytes by their content */
  readonly tar?: boolean | undefined;
  /** Which dot of a name in an archive ends its stem: the last one, or, as in WebDataset, the first. @default "last" */
  readonly stem?: StemRule | undefined;
  /** Where compressed data are inflated to. @default "beside", for data without a folder "memory" */
  readonly inflate?: InflatePlace | undefined;
  /** Which checksums of TFRecord files are looked at. @default "payload" */
  readonly checksums?: ChecksumLevel | undefined;
  /** Lets remote data of over 8 MiB be read whole to find their records and keys. @default false */
  readonly remoteScan?: boolean | undefined;
  /** How http(s) URLs are fetched. */
  readonly http?: HttpOptions | undefined;
}

/** A value of a feature: bytes, a float, or an integer, which is a bigint beyond ±(2^53 - 1). */
export type FeatureScalar = Uint8Array | number | bigint;

/** What is there, counted. */
export interface RandomAccessStats {
  /** Keys. */
  readonly totalRecords: number;
  readonly totalFiles: number;
  /** Records of each file; of an archive its members. Files of one name in several folders are told apart by their paths. */
  readonly recordsPerFile: Readonly<Record<string, number>>;
  /** Path or URL of the index, `undefined` when it is in memory only. */
  readonly indexFile: string | undefined;
  /** Entries whose key an earlier record has. */
  readonly duplicates: number;
  /** Records without a key. */
  readonly missing: number;
  /** Records that could not be read. */
  readonly damaged: number;
}
