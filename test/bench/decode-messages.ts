// The messages of the decoding benches: five fields, 10,000 devices in turn.

import { BATCH_MESSAGES } from "../../src/core/limits.ts";
import type { MessageBatch } from "../../src/core/message-batch.ts";
import type { MessageReader } from "../../src/core/message-reader.ts";
import { MAX_LENGTH } from "../../src/core/types.ts";
import type { SqlType } from "../../src/core/types.ts";
import { Decoder } from "../../src/decode/decoder.ts";
import type { TableInput } from "../../src/decode/table-decoder.ts";
import type { DecodeColumn, DecodeTable } from "../../src/decode/table.ts";
import { messageBatch } from "../decode/batch.ts";

export const KEYS = 10_000;

const type = (kind: "BIGINT" | "DOUBLE"): SqlType => ({ kind, nullable: true });
const column = (name: string, of: SqlType): DecodeColumn => {
  return { name, type: of, source: { kind: "physical" } };
};
/** What the messages hold. */
export const TABLE: DecodeTable = {
  name: "telemetry",
  columns: [
    column("device", { kind: "VARCHAR", length: MAX_LENGTH, nullable: true }),
    column("seq", type("BIGINT")),
    column("ts", type("BIGINT")),
    column("temperature", type("DOUBLE")),
    column("vibration", type("DOUBLE")),
  ],
  options: { topic: "bench/+/t", "identity.key": "device", "identity.sequence": "seq" },
};

/** A decoder of one table. */
export function decoderOf(input: TableInput, reader: MessageReader): Decoder {
  return new Decoder({
    tables: [input],
    gatewayId: "bench",
    receiveMaximum: 1000,
    directSources: ["direct"],
    reader,
  });
}

/** The `index`-th batch of messages; `isNested` puts their fields into a member `data`. */
export function batchOfMessages(index: number, isNested: boolean = false): MessageBatch {
  return messageBatch(
    Array.from({ length: BATCH_MESSAGES }, (_, i) => {
      const n = index * BATCH_MESSAGES + i;
      const device = `dev-${String((n * 7919) % KEYS).padStart(5, "0")}`;
      const temperature = (2000 + ((n * 31) % 1000)) / 100;
      const vibration = ((n * 97) % 100_000) / 10_000;
      const ts = 1_767_225_600_000 + n;
      const fields = { device, seq: Math.floor(n / KEYS), ts, temperature, vibration };
      return {
        topic: `bench/${i % 8}/t`,
        payload: JSON.stringify(isNested ? { data: fields } : fields),
        packetId: 1 + (i % 65_535),
      };
    }),
  );
}
