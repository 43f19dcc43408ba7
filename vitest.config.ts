import { defineConfig } from "vitest/config";

/** Tests run on the sources: `@nthrec/source` leads each package's exports to `src`, `#platform` to its Node twin. */
const conditions = ["@nthrec/source", "node", "import", "module", "default"];

/** One project per folder that has tests. */
function project(name: string, root: string, include = ["test/**/*.test.ts"]) {
  return {
    extends: true,
    root,
    test: { name, include },
  } as const;
}

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    environment: "node",
    passWithNoTests: false,
    projects: [project("core", "packages/core"), project("jsonl", "packages/jsonl")],
    coverage: {
      provider: "v8",
      include: ["packages/{core,jsonl}/src/**/*.ts"],
      reporter: ["text-summary", "json-summary"],
      reportsDirectory: "reports/coverage",
      thresholds: { lines: 95, branches: 95 },
    },
  },
});
