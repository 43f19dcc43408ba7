import type { Unit } from "./case.ts";
import type { CaseResult, GoalResult, VariantResult } from "./result.ts";
import type { Summary } from "./stats.ts";

/** A case as lines of a table: what each variant costs, then what became of the goals. */
export function report(result: CaseResult): string {
  const width = Math.max(...result.variants.map(({ name }) => name.length));
  return [
    `${result.name}: ${result.title}`,
    ...result.variants.map((variant) => variantLine(variant, result.unit, width)),
    ...result.goals.map((goal) => goalLine(goal, result.unit)),
    ...result.notes.map((note) => `        ${note}`),
    "",
  ].join("\n");
}

function variantLine({ name, role, cost }: VariantResult, unit: Unit, width: number): string {
  const columns = [
    `  ${role.padEnd(5)}`,
    name.padEnd(width),
    `${number(cost.median)} ${unit}`.padStart(18),
    `±${percent(cost)}`.padStart(6),
  ];
  if (unit === "ns/record") {
    columns.push(`${Math.round(1e9 / cost.median).toLocaleString("en")}/s`.padStart(14));
  }
  return columns.join("  ");
}

function goalLine({ goal, reached, met }: GoalResult, unit: Unit): string {
  const verdict = met ? "ok   " : "below";
  if (!("against" in goal)) {
    const word = met ? "ok   " : "above";
    const is = `${number(reached.median)} ${unit}`;
    return `  ${word} ${goal.variant}: ${is} (goal: at most ${goal.atMost})`;
  }
  const is = `${number(reached.median)} times as fast as ${goal.against}`;
  const spread = `${number(reached.lower)} to ${number(reached.upper)}`;
  return `  ${verdict} ${goal.variant}: ${is}, ${spread} (goal: ${goal.atLeast})`;
}

/** Half of what lies between the quartiles, as a share of the median. */
function percent({ median, lower, upper }: Summary): string {
  return `${Math.round(((upper - lower) / 2 / median) * 100)} %`;
}

/** Three digits that count. */
function number(value: number): string {
  return value >= 1000
    ? Math.round(value).toLocaleString("en")
    : String(Number(value.toPrecision(3)));
}
