// Payloads and topics of a profile's devices: the encoders, written apart from the gateway's decoders so that a shared
// bug cannot cancel out. What the payload consists of stands in layout.ts, how it is written in codec/.

import type { Profile } from "../../src/config/profile.ts";
import { parseAvroSchema } from "../../src/core/format/avro-schema.ts";
import { avroBytes, confluentBytes } from "../codec/avro.ts";
import { binaryWriter } from "../codec/binary.ts";
import { cborBytes } from "../codec/cbor.ts";
import { jsonWriter } from "../codec/json.ts";
import { csvWriter, textWriter } from "../codec/lines.ts";
import { msgpackBytes } from "../codec/msgpack.ts";
import { treeWriter } from "../codec/node.ts";
import type { Node, PayloadField } from "../codec/node.ts";
import { protobufBytes } from "../codec/protobuf.ts";
import { senmlWriter } from "../codec/senml.ts";
import type { Fact } from "./device.ts";
import { payloadFields } from "./layout.ts";
import type { DevicePlan } from "./plan.ts";

export interface DeviceEncoder {
  readonly topic: string;
  /** The payload of a fact: JSON as text, all else as bytes. */
  payload(fact: Fact): string | Uint8Array;
}

/**
 * The encoder of one device. `captures` fills the topic (`device` required); constant texts of the profile may
 * name captures in braces as the topic does.
 */
export function deviceEncoder(
  profile: Profile,
  plan: DevicePlan,
  captures: Readonly<Record<string, string>>,
): DeviceEncoder {
  const fill = (text: string): string =>
    text.replace(/\{(\w+)(?:\.\.\.)?\}/g, (whole, name: string) => captures[name] ?? whole);
  const write = payloadWriter(profile, [...payloadFields(profile, plan, fill)]);
  return { topic: fill(profile.topic), payload: write };
}

function payloadWriter(
  { codec, name }: Profile,
  fields: readonly PayloadField[],
): DeviceEncoder["payload"] {
  switch (codec.type) {
    case "json":
      return jsonWriter(fields);
    case "cbor":
      return ofTree(fields, cborBytes);
    case "msgpack":
      return ofTree(fields, msgpackBytes);
    case "protobuf":
      return ofTree(fields, (node) => protobufBytes(codec.schema, node));
    case "binary":
      return binaryWriter(fields, codec);
    case "senml":
      return senmlWriter(fields, codec.encoding);
    case "csv":
      return csvWriter(fields, codec);
    case "text":
      return textWriter(fields);
    case "avro":
      return ofTree(fields, (node) => avroBytes(codec.schema, node));
    case "avro-confluent": {
      if (codec.schema === undefined) throw new Error(`profile ${name} has no schema to write by`);
      const schema = parseAvroSchema(codec.schema);
      return ofTree(fields, (node) => confluentBytes(schema, node));
    }
  }
}

function ofTree<Payload>(
  fields: readonly PayloadField[],
  serialize: (node: Node) => Payload,
): (fact: Fact) => Payload {
  const tree = treeWriter(fields);
  return (fact) => serialize(tree(fact));
}
