// Each TFRecord shard becomes an ArrayRecord shard: node dist/main.js 'train@10.tfrecord' <folder> [records in a group]
import { mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { listShards } from "@nthrec/core/shards";
import { convertShard } from "./convert-shard.ts";

const [spec, folder, group = "1"] = process.argv.slice(2);
if (spec === undefined || folder === undefined || !/^[1-9]\d{0,6}$/.test(group)) {
  console.error("usage: main.js <TFRecord file, or set of files> <folder> [records in a group]");
  process.exit(2);
}
mkdirSync(folder, { recursive: true });
const { files } = await listShards(spec, { indexSuffix: ".idv1" });
let total = 0;
for (const { name, data } of files) {
  const to = `${basename(name).replace(/\.tfrecords?(\.gz)?$/, "")}.array_record`;
  const records = await convertShard(data, join(folder, to), Number(group));
  total += records ?? 0;
  console.log(`${to}: ${records === undefined ? "is there already" : `${records} records`}`);
}
console.log(`${total} records converted`);
