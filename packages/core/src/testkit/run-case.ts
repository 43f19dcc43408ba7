import { LawError } from "./check.ts";

/** Runs one case; what fails says which case it was, and what repeats it. */
export async function runCase(
  name: string,
  where: string,
  body: () => Promise<void>,
): Promise<void> {
  try {
    await body();
  } catch (error) {
    const plain = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const message = error instanceof LawError ? error.message : plain;
    throw new LawError(`${message}\n  (${name}; ${where})`, { cause: error });
  }
}
