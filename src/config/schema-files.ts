// Schemas that stand in files of their own: `.proto` and `.avsc`. They are read and compiled to plain data here, on the
// main thread, once: that data is what the journal keeps and what decode runs by, so a replay does not depend on files.

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parseAvroSchema } from "../core/format/avro-schema.ts";
import { GatewayError } from "../core/errors.ts";
import type { ProfileCodec } from "../core/format/profile-codec.ts";
import type { CodecFile } from "./profile-codec.ts";
import { readProtobuf } from "./protobuf-file.ts";

/** Reports a problem with the value of a codec's key. */
type Refuse = (message: string, key: string, hint?: string) => void;

/** The codec with its schema read from `folder`; undefined when that was refused. */
export function completeCodec(
  codec: CodecFile,
  folder: string,
  refuse: Refuse,
): ProfileCodec | undefined {
  const key = codec.type === "protobuf-file" ? "proto" : "schema";
  try {
    if (codec.type === "protobuf-file") {
      const schema = readProtobuf(join(folder, codec.proto), codec.message);
      return { type: "protobuf", schema };
    }
    if (codec.type !== "avro-file" && codec.type !== "confluent-file") return codec;
    const text = readSchemaFile(join(folder, codec.schema));
    const schema = parseAvroSchema(text);
    return codec.type === "avro-file"
      ? { type: "avro", schema }
      : { type: "avro-confluent", schema: text };
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    refuse(error.message, key, error.hint);
    return undefined;
  }
}

/**
 * What stands for the options of a table in a SQL file of `folder`: of `avro.avsc` and `protobuf.proto` (also behind
 * `key.` and `value.`) the schema, as JSON. Throws blame `config`.
 */
export function schemaOptions(
  folder: string,
): (option: string, options: Readonly<Record<string, string>>) => string {
  return (option, options) => {
    const value = options[option] ?? "";
    const [, prefix = "", own] = /^((?:key\.|value\.)?)(.*)$/.exec(option) ?? [];
    if (own === "avro.avsc") {
      const text = readSchemaFile(join(folder, value));
      parseAvroSchema(text);
      return text;
    }
    if (own !== "protobuf.proto") return value;
    const name = options[`${prefix}protobuf.message-class-name`];
    if (name !== undefined) return JSON.stringify(readProtobuf(join(folder, value), name));
    throw new GatewayError("the message is not named", {
      code: "CONFIG_INVALID",
      blame: "config",
      hint: `Add '${prefix}protobuf.message-class-name' = '…'.`,
    });
  };
}

/** The text of a schema file. Throws blame `config`. */
function readSchemaFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new GatewayError(`cannot read ${file}`, {
      code: "CONFIG_INVALID",
      blame: "config",
      cause,
    });
  }
}
