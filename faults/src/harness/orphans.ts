/** Ends this program when the suite that started it is gone: nobody else would stop it. Call where stdin is read. */
export function endWithSuite(): void {
  process.stdin.once("end", () => process.exit(1));
}
