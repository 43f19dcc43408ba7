let workerThreads: typeof import("node:worker_threads") | undefined;
let zlib: typeof import("node:zlib") | undefined;

/**
 * Modules of Node that many programs never need, loaded with their first use: an import at the top would cost every start
 * some milliseconds for each.
 */
export const late = {
  get workerThreads(): typeof import("node:worker_threads") {
    workerThreads ??= process.getBuiltinModule("node:worker_threads");
    return workerThreads;
  },
  get zlib(): typeof import("node:zlib") {
    zlib ??= process.getBuiltinModule("node:zlib");
    return zlib;
  },
};
