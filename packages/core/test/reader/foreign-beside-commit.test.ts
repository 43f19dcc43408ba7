import { expect, test } from "vitest";
import { blobs } from "../support/blobs.ts";
import { disk, NAME, openWriter } from "../support/crash.ts";
import { FaultStore, Killed } from "../support/fault-store.ts";
import { PlainReader, PlainWriter } from "../support/plain-format.ts";

const format = { Reader: PlainReader, Writer: PlainWriter };
const old = blobs(5, 6);
/** A whole record of another program: length 2, then its bytes. */
const foreign = Uint8Array.of(2, 200, 201);

/** A record of another program that a reader sees before a commit begins, which then does not count it. */
function stoppedInCommit() {
  const memory = disk();
  const before = openWriter(format, memory, { mode: "append" });
  before.extendSync(old);
  before.closeSync();
  let armed = false;
  let reader: PlainReader | undefined;
  const store = new FaultStore(memory, ({ op, name }) => {
    if (!armed) return undefined;
    if (op === "write" && name === `${NAME}.seal` && reader === undefined) {
      const file = memory.editSync(NAME);
      file.appendSync(foreign);
      file.closeSync();
      reader = PlainReader.openSync({ store: memory, name: NAME });
    }
    return op === "append" && name === NAME ? { kill: 0 } : undefined;
  });
  const writer = openWriter(format, store, { mode: "append" });
  armed = true;
  expect(() => writer.appendSync(Uint8Array.of(7))).toThrow(Killed);
  return { memory, reader: reader as unknown as PlainReader };
}

test("what a reader has seen of another program stays seen while a commit is under way", async () => {
  const { memory, reader } = stoppedInCommit();
  expect(reader.length).toBe(3);
  reader.refreshSync();
  expect(reader.length).toBe(3);
  await reader.refresh();
  expect(reader.getSync(2)).toEqual(foreign.subarray(1));
  reader.closeSync();
  // Who opens now cannot tell it from the bytes of the commit.
  const other = PlainReader.openSync({ store: memory, name: NAME });
  expect(other.length).toBe(2);
  other.closeSync();
});

test("a follower that delivered it waits for the commit", async () => {
  const { memory, reader } = stoppedInCommit();
  const following = reader.follow({ from: 0, pollMs: 1 });
  for (const record of [...old, foreign.subarray(1)]) {
    expect((await following.next()).value).toEqual(record);
  }
  const next = following.next();
  const later = new Promise<string>((resolve) => setTimeout(() => resolve("nothing yet"), 30));
  expect(await Promise.race([next, later])).toBe("nothing yet");
  // Somebody cuts it off: now it is gone.
  const file = memory.editSync(NAME);
  file.truncateSync(file.statSync().size - foreign.length);
  file.closeSync();
  await expect(next).rejects.toMatchObject({ code: "NTH_TRUNCATED" });
  await reader.close();
});

test("a reader whose records were cut off in the middle of a commit says so", () => {
  const { memory, reader } = stoppedInCommit();
  const file = memory.editSync(NAME);
  file.truncateSync(file.statSync().size - foreign.length);
  file.closeSync();
  reader.refreshSync();
  expect(reader.length).toBe(2);
  reader.closeSync();
});
