// Every row of the vectors through our encoders: the bytes that Flink's formats wrote, and failures where they failed.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { GatewayError } from "../../src/core/errors.ts";
import type { SqlValue } from "../../src/core/types.ts";
import { rowEncoder } from "../../src/encode/formats.ts";
import type { RowEncoder } from "../../src/encode/row-encoder.ts";
import { PayloadRows } from "../decode/payload-rows.ts";
import {
  bytesOf,
  caseName,
  fieldsOf,
  formatCases,
  schemaOptions,
  WRITTEN_GROUPS,
} from "../kit/flink-vectors.ts";
import type { FormatCase } from "../kit/flink-vectors.ts";

for (const [group, format] of WRITTEN_GROUPS) {
  describe(`format ${format}, as Flink writes it`, () => {
    for (const [i, each] of formatCases(group).entries()) {
      const { encoded, refused, decoded } = each;
      if (encoded === undefined && (refused === undefined || decoded !== undefined)) continue;
      it(`${group} ${i + 1}: ${caseName(each)}`, () => {
        if (refused === undefined) assertWritten(each, format);
        else assertRefused(each, format);
      });
    }
  });
}

function assertRefused(each: FormatCase, format: string): void {
  assert.throws(
    () => encoder(each, format),
    (error) => error instanceof GatewayError && error.blame === "config",
    each.refused,
  );
}

function assertWritten(each: FormatCase, format: string): void {
  const fields = fieldsOf(each);
  // Rows are written down as Flink's own json format reads them.
  const rows = new PayloadRows(fields, { "json.timestamp-format.standard": "ISO-8601" });
  const { encode } = { encode: encoder(each, format) };
  for (const vector of each.encoded ?? []) {
    if (vector.differs !== undefined) continue;
    const { rows: read, reason } = rows.read(vector.row);
    assert.equal(reason, "");
    const values = fields.map(({ name }): SqlValue => read[0]?.[name] ?? null);
    const written = encode.encode(values);
    if (vector.fails === true) {
      assert.equal(written, undefined, `Flink fails on ${vector.row}`);
      assert.notEqual(encode.reason, "");
    } else if (vector.bytes === null) assert.equal(written, null);
    else {
      assert.ok(written !== null && written !== undefined, `${vector.row}: ${encode.reason}`);
      const expected = bytesOf(vector);
      const actual = Buffer.from(written);
      const show = (bytes: Buffer): string =>
        bytes.toString(vector.text === undefined ? "hex" : "utf8");
      assert.equal(show(actual), show(expected), vector.row);
    }
  }
}

function encoder(each: FormatCase, format: string): RowEncoder {
  const table = { name: "t", options: { ...each.options, ...schemaOptions(each) } };
  const input = { table, prefix: `${format}.`, fields: fieldsOf(each) };
  return rowEncoder(format, { ...input, topic: "rows", part: "value" });
}
