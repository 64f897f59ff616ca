import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { MAX_LENGTH } from "../../../src/core/types.ts";
import type { Field, SqlValue } from "../../../src/core/types.ts";
import { compareBytes, compareText } from "../../../src/core/value/compare.ts";
import { rowJsonWriter } from "../../../src/core/value/row-json.ts";

const FIELDS: readonly Field[] = [
  { name: "b", type: { kind: "BOOLEAN", nullable: true } },
  { name: "l", type: { kind: "BIGINT", nullable: true } },
  { name: "d", type: { kind: "DOUBLE", nullable: true } },
  { name: "f", type: { kind: "FLOAT", nullable: true } },
  { name: "p", type: { kind: "DECIMAL", precision: 20, scale: 8, nullable: true } },
  { name: 's "x"', type: { kind: "VARCHAR", length: MAX_LENGTH, nullable: true } },
  { name: "y", type: { kind: "VARBINARY", length: MAX_LENGTH, nullable: true } },
  { name: "dt", type: { kind: "DATE", nullable: true } },
  { name: "tm", type: { kind: "TIME", precision: 0, nullable: true } },
  { name: "t", type: { kind: "TIMESTAMP", precision: 3, nullable: true } },
  { name: "z", type: { kind: "TIMESTAMP_LTZ", precision: 6, nullable: true } },
  {
    name: "a",
    type: { kind: "ARRAY", element: { kind: "DOUBLE", nullable: true }, nullable: true },
  },
  {
    name: "m",
    type: {
      kind: "MAP",
      key: { kind: "INTEGER", nullable: false },
      value: { kind: "BOOLEAN", nullable: true },
      nullable: true,
    },
  },
  {
    name: "r",
    type: {
      kind: "ROW",
      fields: [{ name: "i", type: { kind: "INTEGER", nullable: true } }],
      nullable: true,
    },
  },
];

const VALUES: readonly SqlValue[] = [
  true,
  2n ** 62n,
  1e7,
  Math.fround(0.1),
  5n,
  'quote " and €',
  Uint8Array.of(1, 2, 3),
  19_782,
  30_600_000,
  1_704_067_200_000,
  1_704_067_200_500_000_000n,
  [1.5, null, Number.NaN],
  { keys: [1], values: [null] },
  [7],
];

describe("rows as JSON", () => {
  it("are printed with DECIMAL as text and T between date and time", () => {
    assert.equal(
      rowJsonWriter(FIELDS, "print")(VALUES),
      '{"b":true,"l":4611686018427387904,"d":1.0E7,"f":0.1,"p":"0.00000005","s \\"x\\"":"quote \\" and €","y":"AQID",' +
        '"dt":"2024-02-29","tm":"08:30:00.000","t":"2024-01-01T00:00:00.000","z":"2024-01-01T00:00:00.500000Z",' +
        '"a":[1.5,null,"NaN"],"m":{"1":null},"r":{"i":7}}',
    );
  });

  it("are sent as Flink's json format writes them", () => {
    assert.equal(
      rowJsonWriter(FIELDS, "flink")(VALUES),
      '{"b":true,"l":4611686018427387904,"d":1.0E7,"f":0.1,"p":5E-8,"s \\"x\\"":"quote \\" and €","y":"AQID",' +
        '"dt":"2024-02-29","tm":"08:30:00","t":"2024-01-01 00:00:00","z":"2024-01-01 00:00:00.5Z",' +
        '"a":[1.5,null,"NaN"],"m":{"1":null},"r":{"i":7}}',
    );
  });

  it("write every NULL", () => {
    const row = FIELDS.map((): SqlValue => null);
    const parsed = JSON.parse(rowJsonWriter(FIELDS, "flink")(row)) as Record<string, unknown>;
    assert.deepEqual(Object.values(parsed), row);
  });
});

describe("order of text and bytes", () => {
  it("is that of UTF-8", () => {
    const words = ["", "a", "ab", "b", "é", "\ue000", "\uffff", "😀", "😀a", "🙂"];
    for (const a of words) {
      for (const b of words) {
        const bytes = Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b)));
        assert.equal(Math.sign(compareText(a, b)), bytes, `${a} ${b}`);
        assert.equal(Math.sign(compareBytes(Buffer.from(a), Buffer.from(b))), bytes);
      }
    }
  });
});
