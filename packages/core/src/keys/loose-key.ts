import type { Key } from "./key.ts";

/** What else a key means: a number without fraction is an integer first, and a float of that value. */
export function otherKeys(key: Key, loose: boolean | undefined): Key[] {
  const others: Key[] = typeof key === "number" && Number.isInteger(key) ? [{ float: key }] : [];
  return loose === true ? others.concat(looseKey(key)) : others;
}

/** The number that a text spells, exactly as JavaScript and Python write it. */
function looseKey(key: Key): Key[] {
  if (typeof key !== "string" || key.length > 32) return [];
  if (/^(?:0|-?[1-9][0-9]{0,18})$/.test(key)) {
    const value = BigInt(key);
    return value === BigInt.asIntN(64, value) ? [value] : [];
  }
  if (!/^-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?$/i.test(key)) return [];
  return [{ float: Number(key) }];
}
