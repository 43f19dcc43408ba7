import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { Python } from "../../../../interop/python.ts";
import {
  encodeExample,
  type FeatureValue,
  TFRecordRandomAccess,
  TFRecordWriter,
} from "../../src/index.ts";
import { tempFolder } from "../support/temp.ts";

// tfd-utils and TFRecordRandomAccess on the same files and archives: the same keys, and the same under each of them.

const python = Python.with("tfd-utils", ["tfd-utils"]);
const seed = Number(process.env["NTHREC_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
console.log(`tfd-utils ${python.version("tfd-utils")}, NTHREC_SEED=${seed}`);

/** Prints, for each key as tfd-utils has it (text, always), the record, its feature "value", and its file. */
const RECORDS = `
import contextlib, json, sys
from tfd_utils.random_access import TFRecordRandomAccess
with contextlib.redirect_stdout(sys.stderr):
    reader = TFRecordRandomAccess(sys.argv[2:], key_feature_name=sys.argv[1], use_multiprocessing=False, index_file=sys.argv[2] + "." + sys.argv[1] + ".pkl")
    found = {key: [reader.get_record(key).SerializeToString(deterministic=True).hex(), reader.get_feature(key, "value")] for key in reader.get_keys()}
print(json.dumps(found))
`;

type Found = Record<string, [record: string, value: number]>;

describe("records", () => {
  const folder = mkdtempSync(join(tmpdir(), "nthrec-tfrecord-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const keys = fc.sample(
    fc.tuple(
      fc.string({ unit: "grapheme", maxLength: 12 }),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.float({ noNaN: true, noDefaultInfinity: true }),
    ),
    { seed, numRuns: 600 },
  );
  const records = keys.map(([text, integer, float], i) =>
    encodeExample(
      new Map<string, FeatureValue>([
        ["text", { bytes: [text.replaceAll("\0", "")] }],
        ["integer", { int64s: [i % 3 === 0 ? BigInt(i) : integer] }],
        ["float", { floats: [float] }],
        ["value", { int64s: [BigInt(i)] }],
      ]),
    ),
  );
  const paths = ["a.tfrecord", "b.tfrecord"].map((name) => join(folder, name));
  for (const [i, path] of paths.entries()) {
    using writer = TFRecordWriter.openSync(path);
    writer.extendSync(records.slice(i * 300, i * 300 + 300));
    writer.commitSync();
  }

  test.each(["text", "integer", "float"])("by a feature of kind %s", async (keyFeatureName) => {
    const theirs = python.json(RECORDS, keyFeatureName, ...paths) as Found;
    await using access = await TFRecordRandomAccess.open(paths, {
      keyFeatureName,
      looseKeys: true,
    });
    expect(access.length).toBe(Object.keys(theirs).length);
    for (const [key, [record, value]] of Object.entries(theirs)) {
      // Python's own spelling of a number finds it, and the last of several records.
      expect([key, Buffer.from((await access.getRawRecord(key)) ?? []).toString("hex")]).toEqual([
        key,
        record,
      ]);
      expect(await access.getFeature(key, "value")).toBe(value);
    }
    const own = await access.getKeys();
    for (const key of own) expect(await access.has(key)).toBe(true);
    if (keyFeatureName === "integer")
      expect(own.map(String).sort()).toEqual(Object.keys(theirs).sort());
  });

  test("its pickle is refused, and still its own", async () => {
    python.json(RECORDS, "text", ...paths);
    const indexFile = `${paths[0]}.text.pkl`;
    const refused = TFRecordRandomAccess.open(paths, { keyFeatureName: "text", indexFile });
    await expect(refused).rejects.toMatchObject({
      code: "NTH_INDEX_FOREIGN",
      message: expect.stringContaining("pickle"),
    });
  });
});

/** Makes an archive of the members in a JSON file, in one of Python's formats. */
const ARCHIVE = `
import base64, io, json, sys, tarfile
path, format, mode, source = sys.argv[1:]
with tarfile.open(path, mode, format=getattr(tarfile, format + "_FORMAT")) as archive:
    for name, kind, data in json.load(open(source, encoding="utf-8")):
        info = tarfile.TarInfo(name)
        if kind == "file":
            content = base64.b64decode(data)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        else:
            info.type = {"folder": tarfile.DIRTYPE, "link": tarfile.SYMTYPE}[kind]
            info.linkname = data
            archive.addfile(info)
`;
const MEMBERS = `
import contextlib, json, sys
from tfd_utils.tar_random_access import TarRandomAccess
with contextlib.redirect_stdout(sys.stderr):
    reader = TarRandomAccess(sys.argv[1], use_multiprocessing=False)
    found = {key: {ext: data.hex() for ext, data in reader.get_record(key).items()} for key in reader.get_keys()}
print(json.dumps(found))
`;

describe("archives", () => {
  const part = fc.oneof(
    fc.constantFrom("a", "b", ".", "", "data.x", "é", "long".repeat(40)),
    fc.stringMatching(/^[a-z0-9._-]{1,12}$/),
  );
  const name = fc
    .tuple(
      fc.array(part, { maxLength: 3 }),
      fc.stringMatching(/^[a-c][a-z.]{0,6}$/),
      fc.constantFrom("jpg", "json", "txt", "", "seg.png"),
    )
    .map(([folders, stem, extension]) =>
      [...folders, extension === "" ? stem : `${stem}.${extension}`].join("/"),
    )
    .filter((each) => !each.startsWith("/"));
  const member = fc.tuple(
    name,
    fc.constantFrom("file", "file", "file", "folder", "link"),
    fc.uint8Array({ maxLength: 1200 }),
  );

  test.each([
    ["USTAR", "w"],
    ["GNU", "w"],
    ["PAX", "w"],
    ["PAX", "w:gz"],
    ["GNU", "w:gz"],
  ])("%s, %s", async (format, mode) => {
    const members =
      fc.sample(fc.array(member, { minLength: 40, maxLength: 40, size: "max" }), {
        seed,
        numRuns: 1,
      })[0] ?? [];
    const fit = members.filter(([each]) => format !== "USTAR" || Buffer.byteLength(each) < 100);
    const folder = tempFolder();
    const source = join(folder, "members.json");
    writeFileSync(
      source,
      JSON.stringify(
        fit.map(([each, kind, data]) => [
          each,
          kind,
          kind === "file" ? Buffer.from(data).toString("base64") : "target",
        ]),
      ),
    );
    const path = join(folder, mode === "w" ? "a.tar" : "a.tar.gz");
    python.run(ARCHIVE, path, format, mode, source);
    const theirs = python.json(MEMBERS, path) as Record<string, Record<string, string>>;
    await using access = await TFRecordRandomAccess.open(path);
    expect((await access.getKeys()).sort()).toEqual(Object.keys(theirs).sort());
    for (const [key, parts] of Object.entries(theirs)) {
      const example = await access.get(key);
      expect(example.names().sort()).toEqual(Object.keys(parts).sort());
      for (const [extension, hex] of Object.entries(parts)) {
        expect(Buffer.from(example.feature(extension)?.bytes()[0] ?? []).toString("hex")).toBe(hex);
      }
    }
  });
});
