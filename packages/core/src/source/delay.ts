import { throwIfAborted, untilAborted } from "../errors.ts";

/** Resolves after `milliseconds`, or rejects with `NTH_ABORTED` when the signal fires first. */
export async function delay(
  milliseconds: number,
  signal: AbortSignal | undefined,
  source: string,
): Promise<void> {
  throwIfAborted(signal, source);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  try {
    await untilAborted(timeout, signal, source);
  } finally {
    clearTimeout(timer);
  }
}
