import { type ByteSource, isNthrecError, NthrecError } from "@nthrec/core";
import { platform } from "#platform";
import type { Compression } from "./compression.ts";
import { inflate } from "./deflate/inflate.ts";

const PIECE_BYTES = 256 * 1024;

/** Bytes that can be gone through again from their beginning. */
export interface Pieces {
  readonly name: string;
  readonly size: number;
  open(): AsyncIterable<Uint8Array>;
}

/** The bytes of a source, in order. */
export function piecesOf(source: ByteSource, signal?: AbortSignal): Pieces {
  return {
    name: source.name,
    size: source.size,
    async *open() {
      for (let at = 0; at < source.size; at += PIECE_BYTES) {
        yield await source.read(at, Math.min(at + PIECE_BYTES, source.size), { signal });
      }
    },
  };
}

/**
 * Inflates with the platform's engine, and, from where that fails, with our own: it reads several members of GZIP where
 * a browser does not, hands out all that is sound before damage, and says where the damage is.
 *
 * @throws {@link NthrecError} `NTH_CORRUPTION`, `NTH_TRUNCATED`, and what the pieces fail with
 */
export async function* inflated(
  pieces: Pieces,
  compression: Compression,
): AsyncGenerator<Uint8Array> {
  let delivered = 0;
  try {
    for await (const piece of platform.inflate(pieces.open(), compression, pieces.size)) {
      yield piece;
      delivered += piece.length;
    }
    return;
  } catch (error) {
    if (isNthrecError(error)) throw error;
  }
  let passed = 0;
  for await (const piece of inflatedSlowly(pieces.open(), compression, pieces.name)) {
    const fresh = piece.subarray(Math.max(0, delivered - passed));
    passed += piece.length;
    if (fresh.length > 0) yield fresh;
  }
}

/** Inflates bytes that come once. */
export async function* inflatedSlowly(
  pieces: AsyncIterable<Uint8Array>,
  compression: Compression,
  name: string,
): AsyncGenerator<Uint8Array> {
  const plan = inflate(compression);
  const step = (piece: Uint8Array | undefined) => {
    try {
      return plan.next(piece);
    } catch (error) {
      throw isNthrecError(error) ? namedIn(error, name) : error;
    }
  };
  let next = step(undefined);
  const out = function* (): Generator<Uint8Array> {
    while (!next.done && next.value !== undefined) {
      yield next.value;
      next = step(undefined);
    }
  };
  yield* out();
  for await (const piece of pieces) {
    if (next.done) break;
    next = step(piece);
    yield* out();
  }
  while (!next.done) {
    next = step(undefined);
    yield* out();
  }
}

/** The error with the name of the data in it. */
function namedIn(error: NthrecError, source: string): NthrecError {
  const { code, message, offset } = error;
  return new NthrecError(code, `${source}: ${message}`, { source, offset, cause: error });
}
