import {
  BaseIndexedReader,
  type DataInput,
  isNthrecError,
  NthrecError,
  type OffsetTable,
  type ReaderClass,
  type ReaderOptions,
  type ReadPlan,
} from "@nthrec/core";
import type { InflatePlace } from "../compression/inflate-place.ts";
import { plainData } from "../compression/plain-data.ts";
import { scanMembers } from "./scan-members.ts";
import {
  BLOCK_BYTES,
  contentBytes,
  kindOf,
  padded,
  paxRecords,
  readHeader,
  textOf,
} from "./tar-header.ts";

/** A file in an archive. */
export interface TarMember {
  /** As the archive has it, with its folders. */
  readonly name: string;
  readonly data: Uint8Array;
}

/** How a {@link TarReader} is opened. */
export interface TarReaderOptions extends ReaderOptions {
  /** Where an archive that is compressed with GZIP is inflated to, once. @default such archives are refused */
  readonly inflate?: InflatePlace | undefined;
}

/** Reads the n-th file of a tar archive (ustar, pax, GNU); folders, links and the like are passed over. */
export class TarReader extends BaseIndexedReader<TarMember, TarReaderOptions> {
  static override readonly indexSuffix: string = ".idv1";
  static override readonly format: string = "tar";

  /** {@link BaseIndexedReader.open}, for compressed archives, too, if the option `inflate` says where to. */
  static override async open<R extends BaseIndexedReader<unknown>, P extends TarReaderOptions>(
    this: ReaderClass<R, P>,
    data: DataInput,
    options?: P,
  ): Promise<R> {
    const open: (this: ReaderClass<R, P>, data: DataInput, options?: P) => Promise<R> = super.open;
    return await open.call(this, await plainData(data, options, "GZIP"), options);
  }

  protected override *_buildIndex(offsets: OffsetTable, start: number): ReadPlan<number> {
    try {
      return yield* scanMembers(offsets, start, this.end);
    } catch (error) {
      throw this.#named(error);
    }
  }

  protected override _get(bytes: Uint8Array): TarMember {
    let found: TarMember | undefined;
    let name: string | undefined;
    let size: number | undefined;
    for (let at = 0; at + BLOCK_BYTES <= bytes.length; ) {
      const header = readHeader(bytes, at);
      if (header === undefined) break;
      const kind = kindOf(header);
      const content = at + BLOCK_BYTES;
      const end = content + (kind === "extension" ? header.size : (size ?? contentBytes(header)));
      if (end > bytes.length) throw notOne();
      if (kind === "extension") {
        if (header.type === "x") {
          ({ path: name = name, size = size } = paxRecords(bytes.subarray(content, end)));
        } else if (header.type === "L") name = textOf(bytes, content, end);
      } else {
        if (kind === "file") {
          if (found !== undefined) throw notOne();
          const data = new Uint8Array(bytes.buffer, bytes.byteOffset + content, end - content);
          found = { name: name ?? header.name, data };
        }
        name = size = undefined;
      }
      at = content + padded(end - content);
    }
    if (found === undefined) throw notOne();
    return found;
  }

  /** An error with the name of the archive in it. */
  #named(error: unknown): unknown {
    if (!isNthrecError(error, "NTH_CORRUPTION", "NTH_NOT_SUPPORTED")) return error;
    const { name } = this.source;
    const { code, message, offset } = error;
    return new NthrecError(code, `${name}: ${message}`, { source: name, offset, cause: error });
  }
}

/** Only what GZIP begins with counts: a name in an archive may look like the head of ZLIB. */
function notOne(): NthrecError {
  return new NthrecError("NTH_CORRUPTION", "its bytes are not one file of an archive");
}
