import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ByteSink, isSyncSink } from "../../src/sink/byte-sink.ts";

interface Law {
  /** Makes an empty sink, and tells what is in it afterwards. */
  open(): Promise<{ sink: ByteSink; content(): Promise<Uint8Array> }>;
}

type Action =
  | { readonly op: "write"; readonly position: number; readonly bytes: Uint8Array }
  | { readonly op: "truncate"; readonly size: number };

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({
    op: fc.constant("write" as const),
    position: fc.nat(3000),
    bytes: fc.uint8Array({ maxLength: 50 }),
  }),
  fc.record({ op: fc.constant("truncate" as const), size: fc.nat(3000) }),
);

/** What every positional sink owes: a file's behaviour, holes and all. */
export function describeSink(what: string, { open }: Law): void {
  describe(`${what} is a sink`, () => {
    test.each([false, true])("it holds what a file would (in place: %s)", async (inPlace) => {
      await fc.assert(
        fc.asyncProperty(fc.array(action, { maxLength: 20 }), async (actions) => {
          const { sink, content } = await open();
          let model = new Uint8Array(0);
          for (const each of actions) {
            model = apply(model, each);
            await perform(sink, each, inPlace);
          }
          await sink.flush();
          if (isSyncSink(sink)) sink.flushSync();
          expect(await content()).toEqual(model);
          await sink.close();
        }),
      );
    });

    test("the caller may reuse its buffer after a write", async () => {
      const { sink, content } = await open();
      const bytes = Uint8Array.of(1, 2, 3);
      await sink.write(0, bytes);
      bytes.fill(0);
      expect(await content()).toEqual(Uint8Array.of(1, 2, 3));
    });

    test("a position or size that is none is refused", async () => {
      const { sink, content } = await open();
      for (const none of [-1, 0.5, Number.NaN, 2 ** 53]) {
        await expect(sink.write(none, Uint8Array.of(1))).rejects.toThrow(TypeError);
        await expect(sink.truncate(none)).rejects.toThrow(TypeError);
      }
      expect(await content()).toHaveLength(0);
    });

    test("an aborted signal ends a write before it begins", async () => {
      const { sink, content } = await open();
      const signal = AbortSignal.abort();
      await expect(sink.write(0, Uint8Array.of(1), { signal })).rejects.toMatchObject({
        code: "NTH_ABORTED",
      });
      expect(await content()).toHaveLength(0);
    });

    test("a closed sink takes nothing, and closes twice", async () => {
      const { sink } = await open();
      await sink.close();
      await sink.close();
      await sink[Symbol.asyncDispose]();
      const error = { code: "NTH_NOT_OPEN", source: sink.name };
      await expect(sink.write(0, new Uint8Array(1))).rejects.toMatchObject(error);
      await expect(sink.truncate(0)).rejects.toMatchObject(error);
      await expect(sink.flush()).rejects.toMatchObject(error);
      if (!isSyncSink(sink)) return;
      const thrown = expect.objectContaining(error);
      expect(() => sink.writeSync(0, new Uint8Array(1))).toThrow(thrown);
      expect(() => sink.truncateSync(0)).toThrow(thrown);
      expect(() => sink.flushSync()).toThrow(thrown);
    });

    test("its synchronous close is a close", async () => {
      for (const close of ["closeSync", Symbol.dispose] as const) {
        const { sink } = await open();
        if (!isSyncSink(sink)) return;
        sink[close]();
        await expect(sink.flush()).rejects.toMatchObject({ code: "NTH_NOT_OPEN" });
      }
    });
  });
}

function apply(model: Uint8Array<ArrayBuffer>, each: Action): Uint8Array<ArrayBuffer> {
  const cut = each.op === "truncate";
  const end = cut ? each.size : each.position + each.bytes.length;
  // Writing nothing lengthens nothing.
  const grows = cut || each.bytes.length > 0;
  const next = new Uint8Array(cut ? end : Math.max(model.length, grows ? end : 0));
  next.set(model.subarray(0, next.length));
  if (!cut && grows) next.set(each.bytes, each.position);
  return next;
}

async function perform(sink: ByteSink, each: Action, inPlace: boolean): Promise<void> {
  if (inPlace && isSyncSink(sink)) {
    if (each.op === "write") sink.writeSync(each.position, each.bytes);
    else sink.truncateSync(each.size);
  } else if (each.op === "write") {
    await sink.write(each.position, each.bytes);
  } else {
    await sink.truncate(each.size);
  }
}
