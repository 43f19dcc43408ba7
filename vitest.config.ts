import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const root = fileURLToPath(new URL(".", import.meta.url));

/** Tests run on the sources: `@nthrec/source` leads each package's exports to `src`, `#platform` to its Node twin. */
const conditions = ["@nthrec/source", "node", "import", "module", "default"];

/** Suites that need more than Node run by name only: a browser, the Python originals. */
const special = ["browser", "interop"];

/** Those of `folders` that have tests. */
function tested(folders: string[]): string[] {
  return folders.filter((folder) => existsSync(join(root, folder, "test")));
}

/** The folders in `parent`, if there is one. */
function within(parent: string): string[] {
  const path = join(root, parent);
  return existsSync(path) ? readdirSync(path).map((name) => `${parent}/${name}`) : [];
}

const packages = tested(within("packages"));
const others = tested([...within("examples"), "bench", "docs"]);

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    environment: "node",
    // No test is about time: a slow machine only takes longer.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      ...[...packages, ...others].map((folder) => ({
        extends: true as const,
        test: {
          testTimeout: 60_000,
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
          include: [
            `packages/*/test/${kind}/**/*.test.ts`,
            `examples/*/test/${kind}/**/*.test.ts`,
            `docs/test/${kind}/**/*.test.ts`,
          ],
          setupFiles: kind === "interop" ? ["interop/setup.ts"] : [],
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      })),
    ],
    coverage: {
      provider: "v8",
      include: packages.map((folder) => `${folder}/src/**/*.ts`),
      reporter: ["text-summary", "json-summary"],
      reportsDirectory: "reports/coverage",
      reportOnFailure: true,
      // Each package stands on its own tests. Random inputs move branches by some tenths around 95.
      thresholds: Object.fromEntries(
        packages.map((folder) => [`${folder}/src/**/*.ts`, { lines: 95, branches: 94 }]),
      ),
    },
  },
});
