/** Numbers of 32 bits, as many as come. */
export class IntList {
  /** The first `length` of them count. */
  items: Int32Array;
  length = 0;

  constructor(capacity: number) {
    this.items = new Int32Array(capacity);
  }

  push(value: number): void {
    if (this.length === this.items.length) this.#grow();
    this.items[this.length++] = value;
  }

  #grow(): void {
    const grown = new Int32Array(2 * this.items.length);
    grown.set(this.items);
    this.items = grown;
  }
}
