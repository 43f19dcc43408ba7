import { decodeExample, encodeExample } from "@nthrec/tfrecord";
import protobuf from "protobufjs";
import type { BenchCase } from "../harness/case.ts";
import { nsPerRecord } from "../harness/clock.ts";

const DECODES = 20_000;

/** One feature of an Example with an image of 150 KB. */
/** What one feature costs of an Example whose others nobody wants. */
export const feature: BenchCase = {
  name: "tfrecord-feature",
  title: "tf.train.Example: one feature of 150 KB, decoded",
  unit: "ns/record",
  async prepare() {
    const { root } = protobuf.parse(`syntax = "proto3";
      message BytesList { repeated bytes value = 1; }
      message FloatList { repeated float value = 1 [packed = true]; }
      message Int64List { repeated int64 value = 1 [packed = true]; }
      message Feature { oneof kind { BytesList bytes_list = 1; FloatList float_list = 2; Int64List int64_list = 3; } }
      message Features { map<string, Feature> feature = 1; }
      message Example { Features features = 1; }`);
    const Proto = root.lookupType("Example");
    const record = encodeExample({
      box: Float32Array.from({ length: 1000 }, (_, i) => i / 7),
      image: new Uint8Array(140_000).fill(7),
      label: { int64s: [3] },
      name: "a picture",
      tokens: { int64s: Array.from({ length: 2000 }, (_, i) => i * 31) },
    });
    let sum = 0;
    const ours = (): void => {
      for (let i = 0; i < DECODES; i++) {
        sum += decodeExample(record).feature("label")?.integers()[0] as number;
      }
    };
    const theirs = (): void => {
      for (let i = 0; i < DECODES / 100; i++) {
        const { features } = Proto.decode(record) as unknown as ProtoExample;
        sum += Number(features.feature["label"]?.int64List?.value[0]);
      }
    };
    return {
      variants: [
        { name: "protobufjs", role: "rival", round: () => nsPerRecord(DECODES / 100, theirs) },
        { name: "decodeExample", role: "ours", round: () => nsPerRecord(DECODES, ours) },
      ],
      goals: [{ variant: "decodeExample", against: "protobufjs", atLeast: 2.5 }],
      close() {
        if (!Number.isFinite(sum)) throw new Error("a feature was misread");
      },
    };
  },
};

interface ProtoExample {
  readonly features: {
    readonly feature: Readonly<Record<string, { int64List?: { value: readonly unknown[] } }>>;
  };
}
