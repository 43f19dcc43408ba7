import { describe, expect, test } from "vitest";
import { blobFormats } from "../support/blob-formats.ts";
import { blobs } from "../support/blobs.ts";
import { disk, NAME, openWriter, readAll } from "../support/crash.ts";
import { FaultStore } from "../support/fault-store.ts";

const [first, second, third] = blobs(5, 6, 7) as [Uint8Array, Uint8Array, Uint8Array];

describe.each(Object.entries(blobFormats))("%s", (_name, format) => {
  test.each(["commit", "close"] as const)(
    "a failure that append told is not told again by the %s that follows at once",
    async (verb) => {
      let full = false;
      const store = new FaultStore(disk(), ({ op, name }) =>
        full && op !== "truncate" && name.endsWith(NAME) ? { fail: 0 } : undefined,
      );
      const writer = openWriter(format, store, { mode: "append" });
      await writer.append(first);
      full = true;
      const told = await writer.append(second).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(told).toMatchObject({ code: "NTH_IO_ERROR" });
      await writer[verb]();
      full = false;
      if (verb === "commit") {
        await writer.append(third);
        await writer.close();
      }
      expect(readAll(format, store)).toEqual(verb === "commit" ? [first, third] : [first]);
    },
  );
});
