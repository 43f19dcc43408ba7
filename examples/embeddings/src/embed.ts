/** Numbers in a vector. */
export const DIMENSIONS = 64;

/**
 * A vector of length 1 for a text: texts that share groups of three letters have similar ones. It stands for the model
 * that a real program would ask.
 */
export function embed(text: string): Float32Array {
  const vector = new Float32Array(DIMENSIONS);
  const letters = ` ${text.toLowerCase()} `;
  for (let at = 0; at + 3 <= letters.length; at++) {
    const hash = hashOf(letters.slice(at, at + 3));
    const place = hash % DIMENSIONS;
    vector[place] = (vector[place] as number) + ((hash >>> 16) % 2 === 0 ? 1 : -1);
  }
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((each) => each / length);
}

/** FNV-1a over UTF-16 units. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
