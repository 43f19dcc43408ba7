// Gives a hundred names from a worker thread.
import { parentPort } from "node:worker_threads";
import { uniqueName } from "../../../src/platform/node/unique-name.ts";

parentPort?.postMessage(Array.from({ length: 100 }, () => uniqueName()));
