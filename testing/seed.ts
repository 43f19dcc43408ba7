/** Runs and seed of the property tests; NTHREC_SEED repeats a run, and a failure prints the seed. */
export const property: { seed: number; numRuns: number } = {
  seed: Number(process.env["NTHREC_SEED"] ?? Math.floor(Math.random() * 2 ** 31)),
  numRuns: Number(process.env["NTHREC_RUNS"] ?? 200),
};
