import { join } from "node:path";
import { openShards } from "@nthrec/core/shards";
import { JsonlReader } from "@nthrec/jsonl";
import type { AgentEvent } from "./event.ts";
import { PATTERN } from "./segments.ts";

/** An event, and where it stands. */
export interface Found {
  readonly name: string;
  /** Number of its line in the file, from 0. */
  readonly index: number;
  readonly event: AgentEvent;
}

/** The last events, over all segments; reads no others. */
export async function tailLog(folder: string, count: number): Promise<AgentEvent[]> {
  await using log = await openLog(folder);
  const last: AgentEvent[] = [];
  for await (const event of log.slice(-count)) last.push(event);
  return last;
}

/** The newest events that satisfy `wanted`: reads from the end, and stops when it has enough. */
export async function searchLog(
  folder: string,
  wanted: (event: AgentEvent) => boolean,
  most: number,
): Promise<Found[]> {
  await using log = await openLog(folder);
  const found: Found[] = [];
  let i = log.length;
  for await (const event of log.slice(undefined, undefined, -1)) {
    i--;
    if (!wanted(event)) continue;
    const { name, index } = log.shardOf(i);
    found.push({ name, index, event });
    if (found.length === most) break;
  }
  return found;
}

/** All segments as one reader; what comes later is not in it. */
function openLog(folder: string) {
  return openShards<JsonlReader<AgentEvent>>(JsonlReader, join(folder, PATTERN));
}
