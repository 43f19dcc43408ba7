import { isNthrecError, NthrecError } from "@nthrec/core";

/** What to tell whoever opens a file without a sound footer. */
export function missingFooter(name: string, cause: Error | undefined): NthrecError {
  return new NthrecError(
    "NTH_TRUNCATED",
    `${name} has no footer of an ArrayRecord file (${cause?.message}): its writer died, or it is another kind of file; ` +
      'open it with tail: "ignore" to read its whole chunks, or append to it to mend it',
    { source: name, cause, offset: isNthrecError(cause) ? cause.offset : undefined },
  );
}
