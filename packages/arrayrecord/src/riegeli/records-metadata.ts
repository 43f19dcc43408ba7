import { allOf, numberOf, readProto } from "../records/proto.ts";

/** What a file says of its records, in a metadata chunk behind the signature. */
export interface RecordsMetadata {
  /** The message as it is: fields that are not listed here are in it. */
  readonly bytes: Uint8Array;
  readonly fileComment: string | undefined;
  /** Full name of the messages that the records are. */
  readonly recordTypeName: string | undefined;
  /** `FileDescriptorProto` messages that describe the type of the records, each as its bytes. */
  readonly fileDescriptors: readonly Uint8Array[];
  readonly recordWriterOptions: string | undefined;
  readonly numRecords: number | undefined;
}

/** Reads a `RecordsMetadata` message. */
export function parseRecordsMetadata(bytes: Uint8Array): RecordsMetadata {
  const fields = readProto(bytes);
  const text = (field: number): string | undefined => {
    const value = fields.get(field);
    return value instanceof Uint8Array ? new TextDecoder().decode(value) : undefined;
  };
  return {
    bytes,
    fileComment: text(1),
    recordTypeName: text(2),
    fileDescriptors: allOf(bytes, 3),
    recordWriterOptions: text(4),
    numRecords: numberOf(fields, 5),
  };
}
