// Builds an index of keys in a process of its own, again and again. Arguments: the data, how often, bytes of memory.
import { argv, stdin, stdout } from "node:process";
import { keyedSync } from "../../../src/keys/index.ts";
import { PlainReader } from "../../support/plain-format.ts";

const [path = "", rounds = "1", memory = "1000000"] = argv.slice(2);
const decoder = new TextDecoder();

stdin.once("data", () => {
  try {
    for (let round = 0; round < Number(rounds); round++) {
      const reader = PlainReader.openSync(path);
      const index = keyedSync(reader, {
        key: (record) => decoder.decode(record),
        name: "text",
        buildMemory: Number(memory),
      });
      index.rebuildSync();
      for (let i = 0; i < reader.length; i++) {
        if (index.findSync(`record ${i}`) !== i) throw new Error(`record ${i} is not found`);
      }
      index.closeSync();
      reader.closeSync();
    }
    stdout.write("done\n");
  } catch (error) {
    stdout.write(`${(error as Error).stack}\n`);
  }
  process.exit();
});
stdout.write("ready\n");
