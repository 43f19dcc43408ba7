import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryStore } from "../src/index.ts";
import { DirectoryStore } from "../src/platform/node/directory-store.ts";
import { memoryPlace, type PlaceMaker } from "../src/testkit/index.ts";
import { ignoringRanges, TestHttpServer } from "./support/http-server.ts";

/** Files in a folder of their own below the system's folder for temporary files. */
export const filePlace: PlaceMaker = {
  name: "file",
  slow: true,
  make: async () => {
    const folder = mkdtempSync(join(tmpdir(), "nthrec-"));
    return {
      store: new DirectoryStore(folder),
      close: async () => rmSync(folder, { recursive: true, force: true }),
    };
  },
};

/** Files in memory that readers get as a `Blob`. */
export const blobPlace: PlaceMaker = {
  name: "Blob",
  slow: true,
  make: async () => {
    const store = new MemoryStore();
    return { store, input: (name) => new Blob([bytesOf(store, name)]) };
  },
};

/** Files in memory that readers get from a server on the loopback interface. */
export const httpPlace: PlaceMaker = served("HTTP", true);

/** The same from a server that answers every request with the whole file. */
export const plainHttpPlace: PlaceMaker = served("HTTP without ranges", false);

/** Every place, memory first. */
export const places: readonly PlaceMaker[] = [
  memoryPlace,
  filePlace,
  blobPlace,
  httpPlace,
  plainHttpPlace,
];

function served(name: string, ranges: boolean): PlaceMaker {
  return {
    name,
    slow: true,
    make: async () => {
      const store = new MemoryStore();
      const server = await TestHttpServer.start();
      if (!ranges) server.twist = ignoringRanges((path) => bytesOf(store, path.slice(1)));
      return {
        store,
        input: (file) => publish(server, store, file),
        close: () => server[Symbol.asyncDispose](),
      };
    },
  };
}

/** Serves a file as it is now, with what lies beside it, and answers its URL. */
function publish(server: TestHttpServer, store: MemoryStore, file: string): string {
  const present = new Set(store.listSync());
  for (const name of [file, `${file}.idx`, `${file}.idv1`]) {
    if (present.has(name)) server.put(`/${name}`, bytesOf(store, name));
    else server.delete(`/${name}`);
  }
  return `${server.origin}/${file}`;
}

function bytesOf(store: MemoryStore, name: string): Uint8Array<ArrayBuffer> {
  const source = store.openSync(name);
  try {
    return new Uint8Array(source.readSync(0, source.size));
  } finally {
    source.closeSync();
  }
}
