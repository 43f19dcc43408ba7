// Serves the records of a data set by number: node dist/main.js <file, or set of files> [port]
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { openDataset } from "./formats.ts";
import { recordServer } from "./record-server.ts";

const [spec, port = "0"] = process.argv.slice(2);
if (spec === undefined) {
  console.error("usage: main.js <file, or set of files> [port]");
  process.exit(2);
}
const records = await openDataset(spec);
const server = createServer(recordServer(records));
server.listen(Number(port), "127.0.0.1", () => {
  const { port: chosen } = server.address() as AddressInfo;
  console.log(`${records.length} records at http://127.0.0.1:${chosen}/records`);
});
process.once("SIGTERM", () => {
  server.close();
  server.closeAllConnections();
});
