import { Random } from "./random.ts";

const SEED = 20_260_103;
const WORDS_EACH = 200;
const WORDS = (
  "ad adipiscing aliqua aliquip amet anim aute cillum commodo consectetur consequat culpa cupidatat deserunt do dolor " +
  "dolore duis ea eiusmod elit enim esse est et eu ex excepteur exercitation fugiat id in incididunt ipsum irure labore " +
  "laboris laborum lorem magna minim mollit nisi non nostrud nulla occaecat officia pariatur proident qui quis " +
  "reprehenderit sed sint sit sunt tempor ullamco ut velit veniam voluptate"
).split(" ");

/** Records of 200 Latin words each, about 1,300 bytes; the same in every run. */
export function loremRecords(count: number): Uint8Array[] {
  const random = new Random(SEED);
  const text = new TextEncoder();
  return Array.from({ length: count }, () => {
    const words = Array.from({ length: WORDS_EACH }, () => random.pick(WORDS));
    return text.encode(words.join(" "));
  });
}
