/** A logistic regression: the smallest model that learns. */
export class Model {
  readonly weights: Float32Array;

  constructor(weights: Float32Array) {
    this.weights = weights;
  }

  /** One step of gradient descent over a batch, rows one behind another. */
  step(features: Float32Array, labels: Float32Array, rate: number): void {
    const width = this.weights.length;
    const gradient = new Float32Array(width);
    labels.forEach((label, row) => {
      const base = row * width;
      const error = this.probability(features, base) - label;
      for (let i = 0; i < width; i++) {
        gradient[i] = (gradient[i] as number) + error * (features[base + i] as number);
      }
    });
    for (let i = 0; i < width; i++) {
      const change = (rate / labels.length) * (gradient[i] as number);
      this.weights[i] = (this.weights[i] as number) - change;
    }
  }

  /** That the row which begins at `base` is of the second class. */
  probability(features: Float32Array, base: number): number {
    const sum = this.weights.reduce(
      (all, each, i) => all + each * (features[base + i] as number),
      0,
    );
    return 1 / (1 + Math.exp(-sum));
  }
}
