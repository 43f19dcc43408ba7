import { kernelAddon } from "../../../src/platform/node/kernel-addon.ts";

/** Whether the optional addon loads here; tests that need it are skipped where it does not. */
export const kernelLocks: boolean = loads();

function loads(): boolean {
  try {
    kernelAddon();
    return true;
  } catch {
    return false;
  }
}
