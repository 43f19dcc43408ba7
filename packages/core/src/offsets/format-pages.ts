import { platform } from "#platform";
import { readsOf } from "../plan/step.ts";
import type { FormatHooks } from "./format-hooks.ts";
import type { OffsetPages } from "./page-cache.ts";

/** The pages of a file's own index, which the format loads and keeps; `undefined` when all of it is in memory. */
export function formatPages(format: FormatHooks): OffsetPages | undefined {
  if (!format.paged) return undefined;
  return {
    source: undefined,
    // Only its hooks know which page a record needs: they say so when they miss it.
    has: () => true,
    *load() {},
    loadPage: (page) =>
      readsOf(format.source, format.loadPage(page), { buffer: platform.allocate(0) }),
  };
}
