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
import { createIdentityGate } from "../../src/decode/identity.ts";
import { batchOfMessages, decoderOf, KEYS, TABLE } from "./decode-messages.ts";
import { median } from "./report.ts";

const BATCHES = 8;
const ROUNDS = 5;
const ROUND_MESSAGES = 2_000_000;

const batches = Array.from({ length: BATCHES }, (_, i) => batchOfMessages(i));
const reader = new MessageReader();
const required = TABLE.columns.map((_, i) => i);
const decoder = decoderOf({ table: TABLE, required }, reader);
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
  console.log(`${name.padEnd(20)}${median(list).toFixed(0).padStart(6)} ns CPU a message`);
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
