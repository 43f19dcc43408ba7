import { watch } from "node:fs";
import { isNthrecError } from "@nthrec/core";
import { JsonlReader } from "@nthrec/jsonl";
import type { AgentEvent } from "./event.ts";
import { segmentNumbers, segmentPath } from "./segments.ts";

/**
 * Calls `seen` with every event of a log, each once, as it is published, until the signal fires.
 *
 * Each segment has a follower of its own, because a process that was idle may still append to an old one. Events of
 * one segment come in its order.
 */
export async function followLog(
  folder: string,
  seen: (event: AgentEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const followers = new Map<number, Promise<void>>();
  let failed = (_: unknown): void => undefined;
  const failure = new Promise<never>((_, reject) => {
    failed = reject;
  });
  const look = (): void => {
    for (const number of segmentNumbers(folder)) {
      if (followers.has(number)) continue;
      const follower = followSegment(segmentPath(folder, number), seen, signal);
      follower.catch(failed);
      followers.set(number, follower);
    }
  };
  const watcher = watch(folder, look);
  try {
    look();
    await Promise.race([failure, aborted(signal)]);
    await Promise.all(followers.values());
  } finally {
    watcher.close();
  }
}

async function followSegment(
  path: string,
  seen: (event: AgentEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    await using reader = await JsonlReader.open<AgentEvent>(path, { signal });
    for await (const event of reader.follow({ from: 0, signal })) seen(event);
  } catch (error) {
    if (!isNthrecError(error, "NTH_ABORTED")) throw error;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
