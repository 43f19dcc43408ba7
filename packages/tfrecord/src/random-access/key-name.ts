/** The name of the key index of a feature: what no file name everywhere may hold is written in hexadecimal. */
export function keyIndexName(feature: string): string {
  const name = feature.replace(/[^A-Za-z0-9._-]|^[.-]/gu, (character) =>
    Array.from(new TextEncoder().encode(character), (byte) => `=${byte.toString(16)}`).join(""),
  );
  // A long or empty name would not do; its beginning and a sum of all of it will.
  if (name !== "" && name.length <= 100) return name;
  let sum = 0;
  for (const byte of new TextEncoder().encode(feature)) sum = (Math.imul(sum, 31) + byte) >>> 0;
  return `${name.slice(0, 80)}=${sum.toString(36)}`;
}
