import { verifyIndex } from "@nthrec/core";
import { expect, test } from "vitest";
import { ArrayRecordReader, RiegeliReader } from "../src/index.ts";
import { fileNamed } from "./support/file-vectors.ts";

// A file of its own, with one test: nothing may have loaded a codec before.

test("verifying an index is the first thing that a process does with compressed files", async () => {
  const { bytes } = fileNamed("v4_group100_zstd");
  expect(await verifyIndex(ArrayRecordReader, bytes)).toMatchObject({ ok: true, records: 1000 });
  const riegeli = await verifyIndex(RiegeliReader, bytes, { index: "memory" });
  expect(riegeli).toMatchObject({ ok: true });
});
