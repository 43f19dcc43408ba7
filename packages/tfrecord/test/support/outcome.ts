import { isNthrecError, type NthrecErrorCode } from "@nthrec/core";

/** What reading came to: the records that came, and what stopped it. */
export interface Outcome {
  readonly records: readonly Uint8Array[];
  readonly code?: NthrecErrorCode;
  readonly offset?: number | undefined;
}

/** Takes all that comes; anything but a coded error fails the test. */
export async function outcomeOf(records: AsyncIterable<Uint8Array>): Promise<Outcome> {
  const taken: Uint8Array[] = [];
  try {
    for await (const record of records) taken.push(record.slice());
    return { records: taken };
  } catch (error) {
    if (!isNthrecError(error)) throw error;
    return { records: taken, code: error.code, offset: error.offset };
  }
}
