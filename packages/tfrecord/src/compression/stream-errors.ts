import { NthrecError } from "@nthrec/core";

/** The error of a compressed stream that is damaged. */
export function malformedStream(what: string, offset: number): NthrecError {
  return new NthrecError(
    "NTH_CORRUPTION",
    `the compressed stream is damaged at byte ${offset}: ${what}`,
    { offset },
  );
}

/** The error of a compressed stream that ends too early. */
export function truncatedStream(offset: number): NthrecError {
  return new NthrecError(
    "NTH_TRUNCATED",
    `the compressed stream ends at byte ${offset}, before it is complete; tail: "ignore" takes what is there`,
    { offset },
  );
}

/** The error of bytes behind the end of a compressed stream. */
export function strayBytes(offset: number): NthrecError {
  return new NthrecError(
    "NTH_TRUNCATED",
    `bytes follow the end of the compressed stream at byte ${offset}; tail: "ignore" leaves them out`,
    { offset },
  );
}
