import { NthrecError } from "../errors.ts";
import { statusOf } from "./http-client.ts";
import { isEncoded } from "./http-response.ts";

/** The error of an answer that shows another version than the pinned one. */
export function changed(name: string, what: string, offset?: number): NthrecError {
  return new NthrecError("NTH_SOURCE_CHANGED", `${name} ${what}; open it again`, {
    source: name,
    offset,
  });
}

/** The error of a status that is not the one that was hoped for. */
export function unexpectedStatus(name: string, response: Response, offset?: number): NthrecError {
  const missing = [403, 404, 410].includes(response.status);
  const hint = response.status === 401 ? "; pass credentials as headers" : "";
  return new NthrecError(
    missing ? "NTH_NOT_FOUND" : "NTH_IO_ERROR",
    `${name} answered ${statusOf(response)}${missing ? ": it is missing, or may not be read" : hint}`,
    { source: name, offset },
  );
}

/** @throws {@link NthrecError} `NTH_NOT_SUPPORTED` when the bytes of a range are not the file's */
export function refuseEncoded(name: string, response: Response, offset?: number): void {
  if (!isEncoded(response)) return;
  throw new NthrecError(
    "NTH_NOT_SUPPORTED",
    `${name} answers a range in ${response.headers.get("content-encoding")} coding, whose bytes are not the file's: ` +
      "switch compression off for it on the server",
    { source: name, offset },
  );
}

/** The error of a server that keeps the size of the file to itself. */
export function unknownSize(name: string): NthrecError {
  return new NthrecError(
    "NTH_NOT_SUPPORTED",
    `the server of ${name} does not tell its size: let it send Content-Range with the size ` +
      "(and, for other origins, Access-Control-Expose-Headers: Content-Range)",
    { source: name },
  );
}

/** The error of an answer that holds other bytes than were asked for. */
export function badRange(name: string, shown: string): NthrecError {
  return new NthrecError("NTH_IO_ERROR", `${name} answered with another range: ${shown}`, {
    source: name,
  });
}

/** The error of a body that goes on past its announced end. */
export function tooLong(name: string): NthrecError {
  return new NthrecError("NTH_IO_ERROR", `${name} sent more bytes than it announced`, {
    source: name,
  });
}

/** The error of a body that ends before its announced end. */
export function short(name: string, start: number, end: number, length: number): NthrecError {
  return new NthrecError("NTH_SHORT_READ", `${name} sent ${length} bytes for [${start}, ${end})`, {
    source: name,
    offset: start,
  });
}
