// Writes the records of an ArrayRecord file to another one, each time that it is told to, and says what it took.
// Arguments: the file that holds them, the file to be written, the options, the clock.
import { ArrayRecordReader, ArrayRecordWriter } from "@nthrec/arrayrecord";
import { type ClockKind, nsPerRecord, useClock } from "../harness/clock.ts";

const [source = "", path = "", optionString = "", clock = ""] = process.argv.slice(2);
useClock(clock as ClockKind);
await ArrayRecordWriter.prepare();
const reader = await ArrayRecordReader.open(source);
const values = [...reader];
await reader.close();

process.on("message", () => {
  const cost = nsPerRecord(values.length, () => {
    using writer = ArrayRecordWriter.openSync(path, { optionString });
    writer.extendSync(values);
  });
  process.send?.(cost);
});
process.send?.("ready");
