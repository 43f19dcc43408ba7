import type { ByteStore } from "./byte-store.ts";

/**
 * Stores whose entries nobody else can reach, whatever they are called: those in memory. Apart from their class, so that
 * programs which only ask do not carry it.
 */
export const privateStores: WeakSet<ByteStore> = /* @__PURE__ */ new WeakSet();
