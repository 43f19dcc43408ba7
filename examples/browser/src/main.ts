// Serves the page, and a folder of files for it to open: node dist/main.js [folder] [port]
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { site } from "./site.ts";

const [folder = ".", port = "0"] = process.argv.slice(2);
const server = createServer(site(folder));
server.listen(Number(port), "127.0.0.1", () => {
  const { port: chosen } = server.address() as AddressInfo;
  console.log(`open http://127.0.0.1:${chosen}/ ; its files are at /data/`);
});
