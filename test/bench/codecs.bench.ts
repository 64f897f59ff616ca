// `npm run bench:codecs`: microseconds of CPU per message by format, each figure the median of several rounds beside its
// bound. Reading is routing, payload into columns; writing is a row into the value of a Kafka message.
//   --quick            one short round of each case
//   --case NAME        only this case; may be repeated
//   --rounds, --messages   messages of a round
//   --margin FACTOR    exit 1 if a figure misses its bound by more than this factor (1 = the bound itself)
// stdout has a table, then one JSON line.

import { parseArgs } from "node:util";

import { BATCH_MESSAGES } from "../../src/core/limits.ts";
import type { MessageBatch } from "../../src/core/message-batch.ts";
import { MessageReader } from "../../src/core/message-reader.ts";
import type { SqlValue } from "../../src/core/types.ts";
import { rowEncoder } from "../../src/encode/formats.ts";
import { messageBatch } from "../decode/batch.ts";
import { DECODE_CASES, FIELDS, PROTOBUF } from "./codec-cases.ts";
import type { CodecCase, Telemetry } from "./codec-cases.ts";
import { decoderOf, KEYS } from "./decode-messages.ts";
import { judge, lineText, type Line } from "./report.ts";

const BATCHES = 8;
const WRITERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  json: {},
  csv: {},
  avro: {},
  "avro-confluent": {},
  protobuf: PROTOBUF,
};

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    case: { type: "string", multiple: true },
    rounds: { type: "string" },
    messages: { type: "string" },
    margin: { type: "string" },
  },
});
const rounds = Number(values.rounds ?? (values.quick ? 1 : 5));
const messages = Number(values.messages ?? (values.quick ? 100_000 : 1_000_000));
const margin = values.margin === undefined ? undefined : Number(values.margin);

const lines: Line[] = [];
for (const each of DECODE_CASES) if (wanted(each.name)) report(each, reading(each));
for (const [format, options] of Object.entries(WRITERS)) {
  const name = `to ${format}`;
  if (wanted(name)) report({ name, bounds: {} }, writing(format, options));
}
process.stdout.write(`${JSON.stringify({ rounds, messages, lines })}\n`);
if (margin !== undefined && lines.some(({ ok }) => !ok)) process.exitCode = 1;

function wanted(name: string): boolean {
  return values.case === undefined || values.case.includes(name);
}

function report(benchCase: Parameters<typeof judge>[0], measured: number[]): void {
  const judged = judge(benchCase, { us_per_message: measured }, margin ?? 1);
  lines.push(...judged);
  process.stdout.write(judged.map(lineText).join(""));
}

function reading({ name, input, payload }: CodecCase): number[] {
  const batches = Array.from({ length: BATCHES }, (_, index): MessageBatch => {
    return messageBatch(
      Array.from({ length: BATCH_MESSAGES }, (_message, i) => {
        const of = telemetry(index * BATCH_MESSAGES + i);
        return { topic: `bench/${i % 8}/t`, payload: payload(of) };
      }),
    );
  });
  const reader = new MessageReader();
  const decoder = decoderOf(input, reader);
  return measure(() => {
    for (const batch of batches) {
      reader.load(batch);
      const { deadLetters } = decoder.decode();
      if (deadLetters[0] !== undefined) throw new Error(`${name}: ${deadLetters[0].reason}`);
    }
  });
}

function writing(format: string, options: Readonly<Record<string, string>>): number[] {
  const rows = Array.from({ length: BATCHES * BATCH_MESSAGES }, (_, n): SqlValue[] => {
    const of = telemetry(n);
    return FIELDS.map(({ name }) => of[name as keyof Telemetry]);
  });
  const input = { table: { name: "t", options }, prefix: `${format}.`, fields: FIELDS };
  const encoder = rowEncoder(format, { ...input, topic: "rows", part: "value" });
  return measure(() => {
    for (const row of rows) {
      if (encoder.encode(row) === undefined) throw new Error(`${format}: ${encoder.reason}`);
    }
  });
}

/** Microseconds of CPU per message, by round; a round before them warms up. `work` does all batches once. */
function measure(work: () => void): number[] {
  const times = Math.ceil(messages / (BATCHES * BATCH_MESSAGES));
  const round = (): number => {
    const before = process.cpuUsage();
    for (let i = 0; i < times; i++) work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / (times * BATCHES * BATCH_MESSAGES);
  };
  round();
  return Array.from({ length: rounds }, round);
}

/** The `n`-th measurement; as JSON it has about 120 bytes. */
function telemetry(n: number): Telemetry {
  return {
    device: `dev-${String((n * 7919) % KEYS).padStart(5, "0")}`,
    seq: Math.floor(n / KEYS),
    ts: 1_767_225_600_000 + n,
    temperature: (2000 + ((n * 31) % 1000)) / 100,
    vibration: ((n * 97) % 100_000) / 10_000,
    status: "running",
    rssi: -40 - (n % 50),
  };
}
