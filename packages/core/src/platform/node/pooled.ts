/** How a call of the thread pool ends. */
export type Done<T> = (error: Error | null, value: T) => void;

/** Waits for a call of the thread pool; half the cost of the promise functions of `fs`. */
export function pooled<T>(start: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, value) => (error ? reject(error) : resolve(value)));
  });
}
