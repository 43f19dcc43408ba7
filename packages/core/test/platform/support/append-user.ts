// A writer in a process of its own. Arguments: the data, the writer's options as JSON, how many records it commits.
// Then it keeps the file open until its input ends.
import { argv, stdin, stdout } from "node:process";
import type { WriterOptions } from "../../../src/index.ts";
import { PlainWriter } from "../../support/plain-format.ts";

const [path = "", json = "{}", count = "1"] = argv.slice(2);
const options: WriterOptions = JSON.parse(json);

try {
  const writer = await PlainWriter.open(path, { mode: "append", ...options });
  for (let i = 0; i < Number(count); i++) {
    await writer.append(Uint8Array.of(i));
    await writer.commit();
  }
  stdout.write("appended\n");
  stdin.resume();
} catch (error) {
  stdout.write(`${(error as { code?: string }).code}: ${(error as Error).message}\n`);
}
