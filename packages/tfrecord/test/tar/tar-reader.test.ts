import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { isNthrecError, MemoryStore } from "@nthrec/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TarReader } from "../../src/index.ts";
import { splitName } from "../../src/tar/member-name.ts";
import { property } from "../support/seed.ts";
import { joined, type MadeMember, memberBytes, pax, tarBytes } from "../support/tar-bytes.ts";
import { tempFolder } from "../support/temp.ts";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Names and contents of an archive's files. */
function filesOf(bytes: Uint8Array): [string, string][] {
  using reader = TarReader.openSync(bytes);
  return Array.from(reader, ({ name, data }) => [name, text(data)]);
}

function codeOf(bytes: Uint8Array): string {
  try {
    using reader = TarReader.openSync(bytes);
    for (const member of reader) expect(member.data.length).toBeLessThanOrEqual(bytes.length);
    return `${reader.length} files`;
  } catch (error) {
    if (!isNthrecError(error)) throw error;
    return error.code;
  }
}

describe("an archive", () => {
  test("gives its files, and passes over what is none", () => {
    const members: MadeMember[] = [
      { name: "folder/", type: "5" },
      { name: "folder/a.txt", data: "alpha" },
      { name: "link", type: "2", size: 77 },
      { name: "hard", type: "1", size: 5000 },
      { name: "old-folder/", data: "" },
      { name: "empty.txt" },
      { name: "odd", type: "Z", data: "unknown to everybody" },
      { name: "old.txt", type: "\0", data: "o", magic: "none" },
      { name: "contiguous.txt", type: "7", data: "c" },
      { name: "device", type: "3" },
    ];
    expect(filesOf(tarBytes(members))).toEqual([
      ["folder/a.txt", "alpha"],
      ["empty.txt", ""],
      ["old.txt", "o"],
      ["contiguous.txt", "c"],
    ]);
  });

  test("names files as ustar, pax and GNU do", () => {
    const long = `${"d".repeat(90)}/${"n".repeat(120)}.txt`;
    const members: MadeMember[] = [
      { name: "tail.txt", prefix: "front/part", data: "1" },
      { name: "gnu.txt", prefix: "0123456789", magic: "gnu", data: "2" },
      pax({ comment: "for all" }, "g"),
      pax({ mtime: "1.5", path: "päx=name.txt" }),
      { name: "short", data: "3" },
      { name: "././@LongLink", type: "L", data: `${long}\0` },
      { name: "cut", data: "4" },
      { name: "././@LongLink", type: "K", data: "where a link goes\0" },
      { name: "plain.txt", data: "5" },
      { name: "n".repeat(100), data: "6" },
    ];
    expect(filesOf(tarBytes(members))).toEqual([
      ["front/part/tail.txt", "1"],
      ["gnu.txt", "2"],
      ["päx=name.txt", "3"],
      [long, "4"],
      ["plain.txt", "5"],
      ["n".repeat(100), "6"],
    ]);
  });

  test("says how long files are in octal, in binary, or in a pax header", () => {
    const members: MadeMember[] = [
      { name: "a", data: "x".repeat(600), binary: true },
      pax({ size: "5" }),
      { name: "b", data: "12345", size: 0 },
      { name: "c\xff", data: "signed sum", signed: true },
    ];
    expect(filesOf(tarBytes(members)).map(([, data]) => data.length)).toEqual([600, 5, 10]);
  });

  test("may end with zeros, much of them, one block of them, or with nothing", () => {
    const members = [
      { name: "a", data: "1" },
      { name: "b", data: "2" },
    ];
    for (const end of [0, 512, 1024, 10_240])
      expect(codeOf(tarBytes(members, end))).toBe("2 files");
    expect([codeOf(new Uint8Array(0)), codeOf(new Uint8Array(1024))]).toEqual([
      "0 files",
      "0 files",
    ]);
    expect(codeOf(tarBytes([{ name: "folder/", type: "5" }]))).toBe("0 files");
    // What stands behind the end is not looked at.
    expect(codeOf(joined([tarBytes(members), new Uint8Array(700).fill(7)]))).toBe("2 files");
  });

  test("that is large is walked from header to header", () => {
    const big = new Uint8Array(3_000_000).fill(7);
    const long = pax({ comment: "c".repeat(600_000), path: "renamed" });
    const many = Array.from({ length: 3000 }, (_, i) => ({ name: `f${i}`, data: `${i}` }));
    const bytes = tarBytes([
      ...many,
      { name: "big", data: big },
      long,
      { name: "x", data: big },
      long,
      ...many,
    ]);
    using reader = TarReader.openSync(bytes);
    expect(reader.length).toBe(6002);
    expect([
      reader.getSync(2999).name,
      reader.getSync(3001).name,
      reader.getSync(3002).name,
    ]).toEqual(["f2999", "renamed", "renamed"]);
    expect(text(reader.getSync(6001).data)).toBe("2999");
  });

  test("keeps an index, and rebuilds one that lies", () => {
    const store = new MemoryStore({
      entries: [
        [
          "a.tar",
          tarBytes([
            { name: "a", data: "1" },
            { name: "b", data: "2" },
          ]),
        ],
      ],
    });
    TarReader.openSync({ store, name: "a.tar" }).closeSync();
    expect(store.listSync()).toContain("a.tar.idv1");
    using reader = TarReader.openSync({ store, name: "a.tar" }, { onStaleIndex: "throw" });
    expect(reader.length).toBe(2);
    expect(reader.verifySync({ level: "full" }).ok).toBe(true);
  });

  test("that is compressed is inflated where the caller says", async () => {
    const bytes = gzipSync(tarBytes([{ name: "a.txt", data: "inside" }]));
    const path = join(tempFolder(), "a.tar.gz");
    writeFileSync(path, bytes);
    await expect(TarReader.open(path)).rejects.toMatchObject({ code: "NTH_NOT_SUPPORTED" });
    for (const inflate of ["beside", "memory"] as const) {
      await using reader = await TarReader.open(path, { inflate });
      expect((await reader.get(0)).name).toBe("a.txt");
    }
    await using plain = await TarReader.open(tarBytes([{ name: "x\x9c", data: "no ZLIB" }]), {
      inflate: "memory",
    });
    expect(plain.length).toBe(1);
    const mixed = new Blob([new Uint8Array(bytes)]);
    await using blob = await TarReader.open(mixed, { inflate: "memory" });
    expect(blob.length).toBe(1);
  });
});

describe("damage", () => {
  const members: MadeMember[] = [
    { name: "a.txt", data: "alpha" },
    pax({ path: "renamed.txt" }),
    { name: "b.txt", data: "b".repeat(700) },
    { name: "folder/", type: "5" },
    { name: "c.txt" },
  ];
  const whole = tarBytes(members);

  test("a file cut anywhere gives a prefix, or a coded error", () => {
    const all = filesOf(whole);
    for (let size = 0; size < whole.length; size += 7) {
      const cut = whole.subarray(0, size);
      try {
        using reader = TarReader.openSync(cut, { tail: "ignore" });
        const files = Array.from(reader, ({ name, data }) => [name, text(data)]);
        expect(files).toEqual(all.slice(0, files.length));
      } catch (error) {
        expect(isNthrecError(error, "NTH_CORRUPTION", "NTH_TRUNCATED")).toBe(true);
      }
    }
    expect(codeOf(whole.subarray(0, 515))).toBe("NTH_TRUNCATED");
  });

  test("no bytes make it hang, crash, or take more memory than they are", () => {
    const codes = /^(\d+ files|NTH_CORRUPTION|NTH_TRUNCATED|NTH_NOT_SUPPORTED)$/;
    const flip = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(flip, { minLength: 1, maxLength: 6 }), fc.boolean(), (flips, sums) => {
        const bytes = whole.slice();
        for (const [at, value] of flips) bytes[at] = value;
        if (sums) mendSums(bytes);
        expect(codeOf(bytes)).toMatch(codes);
      }),
      { ...property, numRuns: 600 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1500 }), (bytes) => {
        expect(codeOf(bytes)).toMatch(codes);
      }),
      property,
    );
  });

  test("what lies is refused, and says where", () => {
    const bad = (member: MadeMember): string =>
      codeOf(tarBytes([{ name: "first", data: "1" }, member, { name: "x", data: "2" }]));
    expect(bad({ name: "long", size: 8 ** 10 })).toBe("NTH_TRUNCATED");
    expect(bad({ name: "longer", size: 2 ** 60, binary: true })).toBe("NTH_CORRUPTION");
    expect(bad({ name: "pax", type: "x", size: 2 ** 21 })).toBe("NTH_CORRUPTION");
    expect(bad({ name: "sparse", type: "S" })).toBe("NTH_NOT_SUPPORTED");
    expect(bad(pax({ "GNU.sparse.major": "1" }))).toBe("NTH_NOT_SUPPORTED");
    for (const size of ["-1", "x", "1e3", "9".repeat(16)])
      expect(bad(pax({ size }))).toBe("NTH_CORRUPTION");
    for (const data of ["5 a=b", "99 a=b\n", "x a=b\n", "6 abc\n", "3 \n", "7 a=bcd"]) {
      expect(bad({ name: "pax", type: "x", data })).toBe("NTH_CORRUPTION");
    }
    const numbers = memberBytes({ name: "n" });
    numbers.set(new TextEncoder().encode("99999999999"), 124);
    mendSums(numbers);
    expect(codeOf(numbers)).toBe("NTH_CORRUPTION");
    expect(() => TarReader.openSync(new Uint8Array(2000).fill(65))).toThrow(
      /byte 0.*is this a tar archive/,
    );
  });
});

/** Gives every block the sum that a header would have. */
function mendSums(bytes: Uint8Array): void {
  for (let at = 0; at + 512 <= bytes.length; at += 512) {
    const block = bytes.subarray(at, at + 512);
    if (block[257] !== 0x75) continue;
    block.fill(0x20, 148, 156);
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  }
}

describe("names", () => {
  test("have a stem and an extension, by the last dot or the first", () => {
    const cases: [string, [string, string] | undefined, [string, string] | undefined][] = [
      ["a.jpg", ["a", "jpg"], ["a", "jpg"]],
      ["d/a.seg.png", ["d/a.seg", "png"], ["d/a", "seg.png"]],
      ["./d//a.txt", ["d/a", "txt"], ["d/a", "txt"]],
      ["/d/a.txt", ["/d/a", "txt"], ["/d/a", "txt"]],
      ["d.x/a", undefined, undefined],
      [".hidden", undefined, undefined],
      [".hidden.txt", [".hidden", "txt"], [".hidden", "txt"]],
      ["a.", undefined, undefined],
      ["", undefined, undefined],
    ];
    for (const [name, last, first] of cases) {
      const parts = (rule: "last" | "first") => {
        const found = splitName(name, rule);
        return found && [found.stem, found.extension];
      };
      expect([name, parts("last"), parts("first")]).toEqual([name, last, first]);
    }
  });
});
