// CPU per message of decoding, against JSON.parse on the same bytes in the same run (wall times on shared machines say
// nothing, and neither do absolute ones: compare the two). Run: node test/bench/decode.bench.ts
//
//   parse      JSON.parse of each payload's text, and nothing done with it
//   decode     routing, JSON into columns
//   identity   the gate over the decoded rows
//   journal    the batch's journal bytes

import { encodeJournalBatch } from "../../src/core/journal-batch.ts";
import { BATCH_MESSAGES } from "../../src/core/limits.ts";
import type { MessageBatch } from "../../src/core/message-batch.ts";
import { MessageReader } from "../../src/core/message-reader.ts";
import { MAX_LENGTH } from "../../src/core/types.ts";
import type { SqlType } from "../../src/core/types.ts";
import { Decoder } from "../../src/decode/decoder.ts";
import { createIdentityGate } from "../../src/decode/identity.ts";
import type { DecodeColumn, DecodeTable } from "../../src/decode/table.ts";
import { messageBatch } from "../decode/batch.ts";

const KEYS = 10_000;
const BATCHES = 8;
const ROUNDS = 5;
const ROUND_MESSAGES = 2_000_000;

const type = (kind: "BIGINT" | "DOUBLE"): SqlType => ({ kind, nullable: true });
const column = (name: string, of: SqlType): DecodeColumn => {
  return { name, type: of, source: { kind: "physical" } };
};
const TABLE: DecodeTable = {
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

const batches = Array.from({ length: BATCHES }, (_, i) => batch(i));
const reader = new MessageReader();
const decoder = new Decoder({
  tables: [{ table: TABLE, required: TABLE.columns.map((_, i) => i) }],
  gatewayId: "bench",
  receiveMaximum: 1000,
  directSources: ["direct"],
  reader,
});
const gate = createIdentityGate(TABLE);

/** Each does one batch. */
const WORK: Readonly<Record<string, (batch: MessageBatch) => void>> = {
  parse: (from) => {
    reader.load(from);
    for (let i = 0; i < reader.count; i++) {
      JSON.parse(reader.bytes.toString("latin1", reader.start(i), reader.end(i)));
    }
  },
  decode: (from) => {
    reader.load(from);
    decoder.decode();
  },
  "decode + identity": (from) => {
    reader.load(from);
    for (const rows of decoder.decode().tables) gate?.apply(rows, reader);
  },
  journal: (from) => {
    reader.load(from);
    encodeJournalBatch(reader);
  },
};

const bytes = batches.reduce((sum, { byteLength }) => sum + byteLength, 0);
console.log(`${(bytes / (BATCHES * BATCH_MESSAGES)).toFixed(0)} bytes a payload, ${KEYS} keys`);
const results = new Map<string, number[]>();
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, work] of Object.entries(WORK)) {
    const list = results.get(name) ?? [];
    results.set(name, [...list, measure(work)]);
  }
}
for (const [name, list] of results) {
  const median = list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0;
  console.log(`${name.padEnd(20)}${median.toFixed(0).padStart(6)} ns CPU a message`);
}

/** Nanoseconds of CPU a message. */
function measure(work: (batch: MessageBatch) => void): number {
  for (const each of batches) work(each);
  const before = process.cpuUsage();
  const rounds = Math.ceil(ROUND_MESSAGES / (BATCHES * BATCH_MESSAGES));
  for (let i = 0; i < rounds; i++) for (const each of batches) work(each);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / (rounds * BATCHES * BATCH_MESSAGES);
}

function batch(index: number): MessageBatch {
  return messageBatch(
    Array.from({ length: BATCH_MESSAGES }, (_, i) => {
      const n = index * BATCH_MESSAGES + i;
      const device = `dev-${String((n * 7919) % KEYS).padStart(5, "0")}`;
      const temperature = (2000 + ((n * 31) % 1000)) / 100;
      const vibration = ((n * 97) % 100_000) / 10_000;
      const ts = 1_767_225_600_000 + n;
      return {
        topic: `bench/${i % 8}/t`,
        payload: JSON.stringify({ device, seq: Math.floor(n / KEYS), ts, temperature, vibration }),
        packetId: 1 + (i % 65_535),
      };
    }),
  );
}
