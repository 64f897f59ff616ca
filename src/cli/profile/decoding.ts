// Payloads through a profile's own decoder, as the gateway would decode them: rows as values, or why there are none.

import { privateMessages } from "../../config/profile-privacy.ts";
import { profileDecoding, profileTable } from "../../config/profile-table.ts";
import type { ProfileTable } from "../../config/profile-table.ts";
import type { Profile } from "../../config/profile.ts";
import { GatewayError } from "../../core/errors.ts";
import { SchemasById } from "../../core/format/schemas-by-id.ts";
import { STRIDE } from "../../core/message-batch.ts";
import type { MessageBatch } from "../../core/message-batch.ts";
import { MessageReader } from "../../core/message-reader.ts";
import { NULL, WIDE } from "../../core/row-batch.ts";
import type { Column } from "../../core/row-batch.ts";
import type { SqlValue } from "../../core/types.ts";
import { schemaIdOf } from "../../decode/avro/confluent.ts";
import { Decoder } from "../../decode/decoder.ts";
import { Redactor } from "../../decode/redactor.ts";

/** Hashes are shown, those of the gateway's own key are not: examples would have to tell them. */
const PLACEHOLDER_KEY = "headrace profile";

export interface ProfileMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly receiveTimeMs: number;
}

export type Decoded =
  | { readonly table: ProfileTable; readonly rows: readonly (readonly SqlValue[])[] }
  /** A dead letter: where and why. */
  | { readonly table: ProfileTable; readonly reason: string };

/** Decodes one message; all columns of the profile's table. */
export function decodeMessage(profile: Profile, message: ProfileMessage): Decoded {
  return messageDecoder(profile)(message);
}

/** Decodes message by message. One decoder sees all of them, so a re-send is no row. */
export function messageDecoder(profile: Profile): (message: ProfileMessage) => Decoded {
  const table = profileTable(profile);
  const reader = new MessageReader();
  const schemas = new SchemasById();
  const required = table.columns.map((_, index) => index);
  const decoder = new Decoder({
    tables: [{ table, required, profile: profileDecoding(profile) }],
    gatewayId: "headrace",
    receiveMaximum: 1,
    schemas,
    reader,
  });
  const { codec } = profile;
  if (codec.type === "avro-confluent" && codec.schema === undefined) throw schemaMissing(profile);
  const redactor = new Redactor(privateMessages(profile, PLACEHOLDER_KEY));
  return (message) => {
    if (codec.type === "avro-confluent") {
      // Whatever its id: the one schema that is known.
      const bytes = Buffer.from(message.payload);
      const id = schemaIdOf({ bytes, start: 0, end: bytes.length });
      if (id !== undefined) schemas.learn({ id, text: codec.schema ?? "" });
    }
    const batch = batchOf(message);
    reader.load(batch);
    reader.load(redactor.apply(batch, reader));
    const { tables, deadLetters } = decoder.decode();
    const [dead] = deadLetters;
    if (dead !== undefined) return { table, reason: dead.reason };
    const rows = tables.flatMap(({ columns, count }) =>
      Array.from({ length: count }, (_, row) =>
        table.columns.map(({ type }, index) =>
          valueOf(columns[index], row, type.kind === "BOOLEAN"),
        ),
      ),
    );
    return { table, rows };
  };
}

function schemaMissing({ name, file }: Profile): GatewayError {
  return new GatewayError(`profile ${name}: the schemas of its payloads are with the registry`, {
    code: "PROFILE_INVALID",
    blame: "config",
    position: { file, line: 1, column: 1 },
    hint: "Name one to decode by: codec: {type: avro-confluent, schema: vibration.avsc}.",
  });
}

function batchOf({ topic, payload, receiveTimeMs }: ProfileMessage): MessageBatch {
  const words = new Uint32Array(STRIDE);
  words[0] = payload.length;
  const bytes = new ArrayBuffer(payload.length);
  new Uint8Array(bytes).set(payload);
  return {
    id: 1,
    count: 1,
    receiveTimeMs,
    engineTimeMs: receiveTimeMs,
    bytes,
    byteLength: payload.length,
    words: words.buffer,
    topicIds: Uint32Array.of(0),
    topicNames: new Map([[0, topic]]),
    clients: [{ source: "profile", clientId: "profile", session: 1 }],
    truncated: new Map(),
  };
}

function valueOf(column: Column | undefined, row: number, isBoolean: boolean): SqlValue {
  if (column === undefined) return null;
  if (column.layout === "value") return column.values[row] ?? null;
  if (column.state[row] === NULL) return null;
  if (column.state[row] === WIDE) return column.wide.get(row) ?? null;
  const value = column.values[row] ?? null;
  return isBoolean ? value === 1 : value;
}
