import { EncodedKey, isSameKey, type Key } from "./key.ts";
import type { KeyedOptions } from "./keyed-options.ts";
import { otherKeys } from "./loose-key.ts";

/** Tells whether records have the keys that they were found by. */
export class KeyMatch<T> {
  readonly #options: Pick<KeyedOptions<T>, "key" | "looseKeys">;
  readonly #wanted = new EncodedKey();
  readonly #shown = new EncodedKey();

  constructor(options: Pick<KeyedOptions<T>, "key" | "looseKeys">) {
    this.#options = options;
  }

  /** Whether a record has this key, or one that it may mean. */
  fits(record: T, index: number, key: Key): boolean {
    const keys = this.#options.key(record, index);
    if (keys === key) return true;
    if (keys === undefined) return false;
    const list = Array.isArray(keys) ? (keys as readonly Key[]) : undefined;
    if (list === undefined) {
      this.#wanted.place(key);
      if (isSameKey(this.#shown.place(keys as Key), this.#wanted)) return true;
    }
    const shown = list ?? [keys as Key];
    const meant = [key, ...otherKeys(key, this.#options.looseKeys)];
    return meant.some((each) => this.#isAmong(each, shown));
  }

  #isAmong(key: Key, list: readonly Key[]): boolean {
    const wanted = this.#wanted.place(key);
    return list.some((each) => isSameKey(this.#shown.place(each), wanted));
  }
}
