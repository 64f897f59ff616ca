// Every payload of the vectors through our readers: the rows that Flink's formats gave, and failures where they failed.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { GatewayError } from "../../src/core/errors.ts";
import { rowJsonWriter } from "../../src/core/value/row-json.ts";
import { compareRows, parseRows, showRow } from "../kit/compare-rows.ts";
import {
  bytesOf,
  caseName,
  fieldsOf,
  formatCases,
  READ_GROUPS,
  schemaOptions,
} from "../kit/flink-vectors.ts";
import type { FormatCase } from "../kit/flink-vectors.ts";
import { PayloadRows } from "./payload-rows.ts";

/** Magic byte and schema id, before records whose schema is in a registry. */
const REGISTRY_HEAD_BYTES = 5;

for (const [group, format] of READ_GROUPS) {
  describe(`format ${format}, as Flink reads it`, () => {
    for (const [i, each] of formatCases(group).entries()) {
      const { decoded, refused } = each;
      if (decoded === undefined && refused === undefined) continue;
      it(`${group} ${i + 1}: ${caseName(each)}`, () => {
        if (refused !== undefined) assertRefused(each, format);
        else for (const payload of decoded ?? []) assertRead(each, format, payload);
      });
    }
  });
}

function assertRefused(each: FormatCase, format: string): void {
  assert.throws(
    () => reader(each, format),
    (error) => error instanceof GatewayError && error.blame === "config",
    each.refused,
  );
}

function assertRead(
  each: FormatCase,
  format: string,
  payload: NonNullable<FormatCase["decoded"]>[number],
): void {
  if (payload.differs !== undefined) return;
  const { rows, write } = reader(each, format);
  const read = rows.read(bytesOf(payload).subarray(headBytes(each, format)));
  const shown = payload.text ?? payload.hex;
  if (payload.fails === true) {
    assert.notEqual(read.reason, "", `Flink fails on ${shown}`);
    assert.ok(read.position >= 0 && read.position <= bytesOf(payload).length);
    return;
  }
  // What Flink lets go gives no row; ours says why and is ignored.
  const isIgnored = Object.keys(each.options).some((name) => name.endsWith("ignore-parse-errors"));
  if (payload.rows?.length === 0 && isIgnored && read.reason !== "") return;
  assert.equal(read.reason, "", `Flink reads ${shown}`);
  const columns = each.columns.map(([name, type]) => ({ name, type }));
  const actual = read.rows.map((row) => write(columns.map(({ name }) => row[name] ?? null)));
  const difference = compareRows(
    parseRows((payload.rows ?? []).join("\n")),
    parseRows(actual.join("\n")),
    columns,
  );
  assert.deepEqual(
    {
      missing: difference.missing.map(showRow),
      unexpected: difference.unexpected.map(showRow),
    },
    { missing: [], unexpected: [] },
    `payload ${shown}`,
  );
}

/** What stands before the record and is not the format's to read. */
function headBytes({ writer }: FormatCase, format: string): number {
  return writer === undefined || format === "avro-confluent" ? 0 : REGISTRY_HEAD_BYTES;
}

function reader(
  each: FormatCase,
  format: string,
): { rows: PayloadRows; write: ReturnType<typeof rowJsonWriter> } {
  const fields = fieldsOf(each);
  const isById = format === "avro-confluent";
  const options = isById ? {} : { ...schemaOptions(each), ...each.options };
  const rows = new PayloadRows(fields, { format, ...options });
  // Flink's registry stand-in gave every schema this id.
  if (isById) rows.schemas.learn({ id: 1, text: JSON.stringify(each.writer) });
  return {
    rows,
    write: rowJsonWriter(fields, "print"),
  };
}
