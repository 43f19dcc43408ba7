// The most telling figures of a package, for its README.
import { costOf, ratioOf, spread } from "./rivals-results.mjs";
import { machineOf } from "./rivals-table.mjs";

/**
 * @typedef {import("./rivals-results.mjs").Case} Case
 * @typedef {{ say: string, case: string, variant: string, against?: string, otherwise?: string }} Figure
 */

/**
 * A line for each figure, and under which conditions they were measured; nothing but a sentence before that.
 *
 * @param {readonly Figure[]} figures
 * @param {readonly Case[]} results
 */
export function figuresOf(figures, results) {
  const found = figures.flatMap((figure) => {
    const result = results.find(({ name }) => name === figure.case);
    const ours = result?.variants.find(({ name }) => name === figure.variant);
    return result === undefined || ours === undefined ? [] : [{ figure, result, ours }];
  });
  if (found.length === 0) return "None yet: `npm run bench:rivals` writes them here.";
  const lines = found.map(({ figure, result, ours }) => {
    const other =
      result.variants.find(({ name }) => name === figure.against) ??
      result.variants.find(({ name }) => name === figure.otherwise);
    const version = result.rivals?.[other?.name ?? ""];
    const named = [other?.name, version].filter((each) => each !== undefined).join(" ");
    const beside = other === undefined ? "" : `, ${spread(ratioOf(ours, other))} times ${named}`;
    return `- ${figure.say}: **${costOf(ours.cost.median, result)}**${beside}`;
  });
  const machines = new Set(found.map(({ result }) => machineOf(result.conditions)));
  return [
    ...lines,
    "",
    `Measured ${[...machines].join("; ")}, files in the page cache, by \`npm run bench:rivals\`; in brackets the quartiles of`,
    "the rounds. All of it, and what is slower than it should be: [performance](../../docs/performance.md).",
  ].join("\n");
}
