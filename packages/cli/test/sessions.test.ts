import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { nthrec } from "./support/nthrec.ts";
import { Session, stepsOf } from "./support/sessions.ts";

describe.skipIf(process.platform === "win32")(
  "what the documentation shows is what is printed",
  () => {
    describe.each(["docs/cli.md"])("%s", (path) => {
      const folder = mkdtempSync(join(tmpdir(), "nthrec-session-"));
      const session = new Session(folder);
      afterAll(() => rmSync(folder, { recursive: true, force: true }));

      test.each(stepsOf(path))("$line: $command", { timeout: 60_000 }, ({ command, printed }) => {
        expect(session.run(command)).toBe(printed);
      });
    });

    test("every command is shown", async () => {
      const { out } = await nthrec(["--help"]);
      const names = [...out.matchAll(/^ {2}([a-z]+) .*/gm)].map((match) => match[1] as string);
      const shown = stepsOf("docs/cli.md").map(({ command }) => command);
      expect(names).toContain("count");
      for (const name of names.filter((each) => each !== "help")) {
        expect(
          shown.some((command) => command.includes(`nthrec ${name}`)),
          name,
        ).toBe(true);
      }
    });
  },
);
