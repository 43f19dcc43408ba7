import { MemoryStore } from "../index.ts";
import type { PlaceMaker } from "./types.ts";

/** Files in memory: the place of every case unless another is given. */
export const memoryPlace: PlaceMaker = {
  name: "memory",
  make: async () => ({ store: new MemoryStore() }),
};
