/** Does one step, and prints how long it took and what came of it. */
export async function step<T>(
  title: string,
  job: () => T | Promise<T>,
  tell: (result: T) => string,
): Promise<T> {
  const start = performance.now();
  const result = await job();
  const took = milliseconds(performance.now() - start);
  console.log(`${title.padEnd(36)} ${took.padStart(8)}   ${tell(result)}`);
  return result;
}

function milliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}

/** A number with separators between the thousands. */
export function count(value: number): string {
  return value.toLocaleString("en");
}
