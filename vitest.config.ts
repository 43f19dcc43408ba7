import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const root = fileURLToPath(new URL(".", import.meta.url));

/** Tests run on the sources: `@nthrec/source` leads each package's exports to `src`, `#platform` to its Node twin. */
const conditions = ["@nthrec/source", "node", "import", "module", "default"];

/** Suites that need more than Node run by name only: a browser, the Python originals. */
const special = ["browser", "interop"];

/** The folders of `parent` that have tests. */
function tested(parent: string): string[] {
  return readdirSync(join(root, parent))
    .map((name) => `${parent}/${name}`)
    .filter((folder) => existsSync(join(root, folder, "test")));
}

const packages = tested("packages");
const folders = [...packages, ...tested("examples"), ...["bench", "scripts", "docs"]].filter(
  (folder) => existsSync(join(root, folder, "test")),
);

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    environment: "node",
    projects: [
      ...folders.map((folder) => ({
        extends: true as const,
        test: {
          name: folder.replace("packages/", ""),
          root: folder,
          include: ["test/**/*.test.ts"],
          exclude: special.map((kind) => `test/${kind}/**`),
        },
      })),
      ...special.map((kind) => ({
        extends: true as const,
        test: {
          name: kind,
          include: [`packages/*/test/${kind}/**/*.test.ts`],
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      })),
    ],
    coverage: {
      provider: "v8",
      include: packages.map((folder) => `${folder}/src/**/*.ts`),
      reporter: ["text-summary", "json-summary"],
      reportsDirectory: "reports/coverage",
      reportOnFailure: true,
      // Each package stands on its own tests.
      thresholds: Object.fromEntries(
        packages.map((folder) => [`${folder}/src/**/*.ts`, { lines: 95, branches: 95 }]),
      ),
    },
  },
});
