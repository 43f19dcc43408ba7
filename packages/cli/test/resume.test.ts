import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { rows, tempFile, tempFolder } from "./support/files.ts";
import { nthrec } from "./support/nthrec.ts";
import { Random } from "./support/random.ts";

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const seed = Number(process.env["NTHREC_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const RECORDS = 900;

/** Files of a folder, but for those that belong to no output. */
function contents(folder: string): Record<string, string> {
  const names = readdirSync(folder).sort();
  return Object.fromEntries(
    names.map((name) => [name, readFileSync(join(folder, name)).toString("base64")]),
  );
}

/** What an uninterrupted run writes, and how to be interrupted on the way to it. */
async function race(ending: string): Promise<{ args: string[]; out: string; whole: string }> {
  const whole = tempFolder();
  const out = tempFolder();
  const path = tempFile(rows(RECORDS));
  const { code } = await nthrec(["convert", path, join(whole, `a@3.${ending}`)]);
  expect(code).toBe(0);
  const args = ["convert", "--checkpoint", "0", path, join(out, `a@3.${ending}`)];
  return { args, out, whole };
}

async function sameRecords(out: string, whole: string, ending: string): Promise<void> {
  if (ending !== "arrayrecord") expect(contents(out)).toEqual(contents(whole));
  const cat = async (folder: string): Promise<string> => {
    return (await nthrec(["cat", join(folder, `a@3.${ending}`)])).out;
  };
  expect(await cat(out)).toBe(await cat(whole));
  expect(readdirSync(out)).toEqual(readdirSync(whole));
}

describe(`an interrupted conversion, NTHREC_SEED=${seed}`, () => {
  for (const ending of ["tfrecord", "msgpack", "arrayrecord"]) {
    test(`to ${ending} goes on where it stopped, stopped at random points`, async () => {
      const random = new Random(seed);
      const { args, out, whole } = await race(ending);
      let stops = 0;
      for (let code: number = -1; code !== 0; ) {
        const controller = new AbortController();
        let countdown = 1 + random.below(4);
        const outcome = await nthrec([...args, "--progress", "json"], {
          signal: controller.signal,
          onErr: (text) => {
            if (text.includes('"converting"') && --countdown === 0) controller.abort();
          },
        });
        code = outcome.code;
        if (code === 0) break;
        stops++;
        expect(outcome.err).toContain("the same command goes on there");
        // Nothing stands under a final name before all of it is there.
        expect(readdirSync(out)).toEqual([`a@3.${ending}.part`]);
        expect(stops).toBeLessThan(100);
      }
      await sameRecords(out, whole, ending);
    });

    test(`to ${ending} goes on after kills, in threads too`, async () => {
      const random = new Random(seed + 1);
      const { args, out, whole } = await race(ending);
      for (let kills = 0; kills < 3; kills++) {
        const jobs = kills % 2 === 0 ? [] : ["--jobs", "2"];
        const child = spawn(process.execPath, [main, ...args, ...jobs], { stdio: "ignore" });
        onTestFinished(() => void child.kill("SIGKILL"));
        if (await killedAtRandom(child, random)) continue;
        expect(child.exitCode).toBe(0);
        break;
      }
      const last = await nthrec(args);
      // The last one may have been killed just after it was done.
      if (last.code !== 0) expect(last.err).toContain("exists: --force replaces it");
      await sameRecords(out, whole, ending);
    });
  }

  /** Lets a program run for a while; answers whether it had to be killed. */
  async function killedAtRandom(child: ChildProcess, random: Random): Promise<boolean> {
    const closed = once(child, "close");
    const timer = setTimeout(() => child.kill("SIGKILL"), 80 + random.below(250));
    await closed;
    clearTimeout(timer);
    return child.signalCode === "SIGKILL";
  }

  test("that left damaged records out counts them once", async () => {
    const lines = Array.from({ length: 900 }, (_, i) => (i % 3 === 0 ? "{\n" : `{"i":${i}}\n`));
    const path = tempFile(lines.join(""));
    const out = join(tempFolder(), "a.msgpack");
    const args = ["convert", "--checkpoint", "0", "--skip-damaged", path, out];
    const controller = new AbortController();
    const first = await nthrec([...args, "--progress", "json"], {
      signal: controller.signal,
      onErr: (text) => {
        if (text.includes('"converting"')) controller.abort();
      },
    });
    expect(first.code).toBe(1);
    expect(await nthrec(args)).toMatchObject({
      code: 3,
      out: `600 records in ${out}, 300 damaged places left out\n`,
    });
  });
});

describe("what an interrupted run left", () => {
  /** An output folder with what a run that was stopped left there. */
  async function stopped(): Promise<{ path: string; out: string; part: string }> {
    const path = tempFile(rows(1000));
    const out = join(tempFolder(), "a.tfrecord");
    const controller = new AbortController();
    await nthrec(["convert", "--checkpoint", "0", "--progress", "json", path, out], {
      signal: controller.signal,
      onErr: (text) => {
        if (text.includes('"converting"')) controller.abort();
      },
    });
    expect(existsSync(`${out}.part`)).toBe(true);
    return { path, out, part: `${out}.part` };
  }

  test("is said to be gone on with", async () => {
    const { path, out, part } = await stopped();
    expect(await nthrec(["convert", path, out])).toMatchObject({
      code: 0,
      err: `nthrec: going on where ${part} ends\n`,
      out: `1,000 records in ${out}\n`,
    });
    expect((await nthrec(["verify", out])).code).toBe(0);
  });

  test("is forgotten when the input or the options are others", async () => {
    const { path, out, part } = await stopped();
    writeFileSync(path, rows(7));
    expect(await nthrec(["convert", path, out])).toMatchObject({
      code: 0,
      err: `nthrec: ${part} was left by another task, or its input has changed: begun anew\n`,
      out: `7 records in ${out}\n`,
    });
    const other = await stopped();
    const { err } = await nthrec(["convert", "--as", "json", other.path, other.out]);
    expect(err).toContain("begun anew");
    expect((await nthrec(["get", "--raw", other.out, "0"])).out).toBe('{"id":0}');
  });

  test("begins anew where the machine lost what was written", async () => {
    const { path, out, part } = await stopped();
    for (const name of readdirSync(part)) {
      if (name.startsWith("a.tfrecord") && !name.endsWith(".state")) {
        rmSync(join(part, name), { recursive: true });
      }
    }
    expect(await nthrec(["convert", path, out])).toMatchObject({ code: 0 });
    expect((await nthrec(["count", out])).out).toBe("1000\n");
  });

  test("is published when only that was missing", async () => {
    const { path, out, part } = await stopped();
    const task = readFileSync(join(part, "task.json"));
    await nthrec(["convert", path, out]);
    const data = readFileSync(out);
    // As if the run had ended between the last record and the new name.
    mkdirSync(part);
    writeFileSync(join(part, "task.json"), task);
    writeFileSync(join(part, "complete"), '{"records":1000,"lost":0}');
    writeFileSync(join(part, "a.tfrecord"), data);
    rmSync(out);
    expect(await nthrec(["convert", path, out])).toMatchObject({
      code: 0,
      out: `1,000 records in ${out}\n`,
    });
    expect(readFileSync(out)).toEqual(data);
    expect(existsSync(part)).toBe(false);
  });

  test("another folder of that name is left alone", async () => {
    const path = tempFile(rows(3));
    const out = join(tempFolder(), "a.tfrecord");
    mkdirSync(`${out}.part`);
    writeFileSync(join(`${out}.part`, "mine"), "");
    const { code, err } = await nthrec(["convert", path, out]);
    expect(code).toBe(2);
    expect(err).toContain("is in the way");
    expect(existsSync(join(`${out}.part`, "mine"))).toBe(true);
  });
});
