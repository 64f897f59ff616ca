// What decoding JSON costs a message, before the operators see its row: with all fields of the payload, and with the two
// that a rule over one measurement reads; the same where the fields lie in a ROW.

import { BATCH_MESSAGES } from "../../src/core/limits.ts";
import { MessageReader } from "../../src/core/message-reader.ts";
import type { TableInput } from "../../src/decode/table-decoder.ts";
import type { DecodeTable } from "../../src/decode/table.ts";
import { batchOfMessages, decoderOf, TABLE } from "./decode-messages.ts";

const BATCHES = 8;
const BATCHES_A_ROUND = 200;

/** Without identity, which would have two more columns read. */
const PLAIN: DecodeTable = { ...TABLE, options: { topic: "bench/+/t" } };
/** The same messages, whose fields are members of an object. */
const NESTED: DecodeTable = {
  name: "nested",
  columns: [
    {
      name: "data",
      type: { kind: "ROW", fields: TABLE.columns, nullable: true },
      source: { kind: "physical" },
    },
  ],
  options: PLAIN.options,
};
const CASES: Readonly<Record<string, { readonly isNested?: boolean } & TableInput>> = {
  all_fields: { table: PLAIN, required: [0, 1, 2, 3, 4] },
  two_fields: { table: PLAIN, required: [2, 3] },
  whole_row: { table: NESTED, required: [0], isNested: true },
  two_of_a_row: {
    table: NESTED,
    required: [0],
    parts: [{ column: 0, paths: [[2], [3]] }],
    isNested: true,
  },
};

/** Nanoseconds of CPU per message, by figure; `repeat` runs the rounds. */
export function decodeFigures(repeat: (round: () => number) => number[]): Record<string, number[]> {
  const figures: Record<string, number[]> = {};
  for (const [name, { isNested = false, ...input }] of Object.entries(CASES)) {
    const batches = Array.from({ length: BATCHES }, (_, n) => batchOfMessages(n, isNested));
    const reader = new MessageReader();
    const decoder = decoderOf(input, reader);
    const round = (): number => {
      const before = process.cpuUsage();
      for (let each = 0; each < BATCHES_A_ROUND; each++) {
        const batch = batches[each % BATCHES];
        if (batch !== undefined) reader.load(batch);
        decoder.decode();
      }
      const { user, system } = process.cpuUsage(before);
      return ((user + system) * 1000) / (BATCHES_A_ROUND * BATCH_MESSAGES);
    };
    round();
    figures[`ns_per_message_${name}`] = repeat(round);
  }
  return figures;
}
