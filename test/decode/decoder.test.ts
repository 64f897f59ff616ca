import assert from "node:assert/strict";
import { test } from "node:test";

import { BATCH_MESSAGES } from "../../src/core/limits.ts";
import type { BatchClient } from "../../src/core/message-batch.ts";
import { MessageReader } from "../../src/core/message-reader.ts";
import type { RowBatch } from "../../src/core/row-batch.ts";
import { Decoder } from "../../src/decode/decoder.ts";
import type { DecodeTable } from "../../src/decode/table.ts";
import { messageBatch, RECEIVE_TIME_MS, rowsOf } from "./batch.ts";
import {
  DecoderSetup,
  DOUBLE,
  json,
  metadata,
  physical,
  STRING,
  tableOf,
} from "./decoder-setup.ts";

test("one message feeds every table whose filter matches, in arrival order", () => {
  const setup = new DecoderSetup([
    tableOf("all", { topic: "plant/#" }),
    tableOf("line1", { topic: "plant/l1/+" }),
  ]);
  const { rows, dead } = setup.run([
    { topic: "plant/l1/a", payload: json({ device: "a", temperature: 1 }) },
    { topic: "plant/l2/b", payload: json({ device: "b", temperature: 2 }) },
    { topic: "plant/l1/a", payload: json({ device: "a", temperature: 3 }) },
  ]);
  assert.deepEqual(rows, [
    [
      { device: "a", temperature: 1 },
      { device: "b", temperature: 2 },
      { device: "a", temperature: 3 },
    ],
    [
      { device: "a", temperature: 1 },
      { device: "a", temperature: 3 },
    ],
  ]);
  assert.deepEqual(dead, []);
  assert.deepEqual(setup.decoder.stats.rows, [3, 2]);
});

test("a message without a table and one that cannot be decoded are dead letters, others are unaffected", () => {
  const setup = new DecoderSetup([tableOf("t", { topic: "a/+" })]);
  const { rows, dead } = setup.run([
    { topic: "b", payload: "{}" },
    { topic: "a/x", payload: "{" },
    { topic: "a/x", payload: json({ device: "ok", temperature: 1 }) },
    { topic: "a/x", payload: json({ device: "half", temperature: "hot" }) },
    { topic: "a/x", payload: "" },
    { topic: "a/x", payload: json({ temperature: 2 }) },
  ]);
  assert.deepEqual(rows, [
    [
      { device: "ok", temperature: 1 },
      { device: null, temperature: 2 },
    ],
  ]);
  assert.deepEqual(dead, [
    "0 - no_table: no table matches the topic",
    "1 t undecodable: not JSON: unexpected end, at byte 1",
    "3 t undecodable: field temperature: 'hot' is not a DOUBLE, at byte 31",
    "4 t undecodable: not JSON: empty payload, at byte 0",
  ]);
  assert.deepEqual([...(setup.decoder.decode().tables[0]?.origin.subarray(0, 2) ?? [])], [2, 5]);
});

test("the source option lets in only what came by that mqtt entry", () => {
  const other: BatchClient = { source: "broker", clientId: "x", session: 1 };
  const setup = new DecoderSetup([
    tableOf("direct", { topic: "t", source: "direct" }),
    tableOf("broker", { topic: "t", source: "broker" }),
    tableOf("elsewhere", { topic: "u", source: "elsewhere" }),
  ]);
  const { rows, dead } = setup.run([
    { topic: "t", payload: json({ device: "d" }) },
    { topic: "t", payload: json({ device: "b" }), client: other },
    { topic: "u", payload: json({ device: "b" }), client: other },
  ]);
  assert.deepEqual(
    rows.map((list) => list.length),
    [1, 1, 0],
  );
  assert.deepEqual(dead, ["2 - no_table: no table matches the topic"]);
});

test("metadata columns carry topic, receive time, qos, retain and gateway", () => {
  const table = tableOf("t", { topic: "t/+" }, [
    metadata("topic", STRING),
    metadata("receive_time", { kind: "TIMESTAMP_LTZ", precision: 3, nullable: true }),
    metadata("receive_time", { kind: "TIMESTAMP_LTZ", precision: 6, nullable: true }, "rt6"),
    metadata("qos", { kind: "INTEGER", nullable: true }),
    metadata("retain", { kind: "BOOLEAN", nullable: true }),
    metadata("gateway", STRING),
    { name: "twice", type: DOUBLE, source: { kind: "computed" } },
  ]);
  const { rows } = new DecoderSetup([table]).run([
    { topic: "t/a", payload: "{}", qos: 0, retain: true, afterMs: 7 },
  ]);
  const ms = RECEIVE_TIME_MS + 7;
  assert.deepEqual(rows, [
    [
      {
        topic: "t/a",
        receive_time: ms,
        rt6: BigInt(ms) * 1_000_000n,
        qos: 0,
        retain: true,
        gateway: "gw1",
        twice: null,
      },
    ],
  ]);
});

test("a metadata key that mqtt does not have and an unknown format are refused", () => {
  const refused = (table: DecodeTable, message: RegExp): void => {
    assert.throws(() => new DecoderSetup([table]), message);
  };
  refused(tableOf("t", { topic: "t" }, [metadata("offset", STRING)]), /no metadata 'offset'/);
  refused(tableOf("t", { topic: "t" }, [metadata("qos", STRING)]), /'qos' is not a VARCHAR/);
  refused(tableOf("t", { topic: "t", format: "xml" }), /there is no format 'xml'/);
  refused(tableOf("t", { topic: "t", retained: "never" }), /'retained' must be one of/);
  refused(
    tableOf("t", { topic: "t", "json.timestamp-format.standard": "RFC" }),
    /'json.timestamp-format.standard' must be one of/,
  );
});

test("a NULL or missing NOT NULL column is a dead letter, even if no rule reads it", () => {
  const table = tableOf("t", { topic: "t" }, [
    physical("device", { ...STRING, nullable: false }),
    physical("temperature", DOUBLE),
  ]);
  const reader = new MessageReader();
  const decoder = new Decoder({
    tables: [{ table, required: [1] }],
    gatewayId: "gw",
    receiveMaximum: 10,
    reader,
  });
  reader.load(
    messageBatch([
      { topic: "t", payload: json({ temperature: 1 }) },
      { topic: "t", payload: json({ device: null, temperature: 1 }) },
      { topic: "t", payload: json({ device: "a", temperature: 1 }) },
    ]),
  );
  const { tables, deadLetters } = decoder.decode();
  assert.equal(tables[0]?.count, 1);
  assert.deepEqual(
    deadLetters.map(({ kind, reason }) => `${kind}: ${reason}`),
    Array.from(
      { length: 2 },
      () => "not_null: field device: NULL or missing, but the column is NOT NULL",
    ),
  );
});

test("only the required columns are decoded", () => {
  const table = tableOf("t", { topic: "t" });
  const reader = new MessageReader();
  const inputs = [{ table, required: [1] }];
  const decoder = new Decoder({ tables: inputs, gatewayId: "gw", receiveMaximum: 10, reader });
  reader.load(messageBatch([{ topic: "t", payload: '{"device":{"x":[]},"temperature":2}' }]));
  const { tables, deadLetters } = decoder.decode();
  assert.deepEqual(deadLetters, []);
  assert.equal(tables[0]?.columns[0], undefined);
  assert.deepEqual(rowsOf(table, tables[0] ?? assert.fail()), [{ temperature: 2 }]);
});

test("json.ignore-parse-errors lets an undecodable message go, counted", () => {
  const setup = new DecoderSetup([
    tableOf("t", { topic: "t", "json.ignore-parse-errors": "true" }),
  ]);
  const { rows, dead } = setup.run([
    { topic: "t", payload: "nonsense" },
    { topic: "t", payload: json({ device: "a", temperature: "hot" }) },
  ]);
  assert.deepEqual(rows, [[{ device: "a", temperature: null }]]);
  assert.deepEqual(dead, []);
  assert.equal(setup.decoder.stats.ignored, 1);
});

test("json.fail-on-missing-field refuses messages that lack a column", () => {
  const setup = new DecoderSetup([
    tableOf("t", { topic: "t", "json.fail-on-missing-field": "true" }),
  ]);
  const { rows, dead } = setup.run([
    { topic: "t", payload: json({ device: "a" }) },
    { topic: "t", payload: json({ device: "a", temperature: null }) },
  ]);
  assert.equal(rows[0]?.length, 1);
  assert.deepEqual(dead, [
    "0 t undecodable: field temperature: missing ('json.fail-on-missing-field' is 'true'), at byte 14",
  ]);
});

test("a message above limits.packetBytes is a dead letter that says how large it was", () => {
  const setup = new DecoderSetup([tableOf("t", { topic: "t" })]);
  const { dead } = setup.run([{ topic: "t", payload: "{}", truncatedFrom: 2_000_000 }]);
  assert.deepEqual(dead, [
    "0 t truncated: larger than limits.packetBytes: 2000000 bytes, only the first are kept",
  ]);
});

test("columns and rows of one batch leave nothing behind in the next, also when it is larger", () => {
  const setup = new DecoderSetup([tableOf("t", { topic: "t" })]);
  setup.run([{ topic: "t", payload: json({ device: "a", temperature: 1 }) }]);
  const many = Array.from({ length: BATCH_MESSAGES + 10 }, () => ({ topic: "t", payload: "{}" }));
  const { rows } = setup.run(many);
  assert.equal(rows[0]?.length, BATCH_MESSAGES + 10);
  for (const row of rows[0] ?? []) assert.deepEqual(row, { device: null, temperature: null });
});

test("topics that begin with $ are not matched by a leading wildcard", () => {
  const setup = new DecoderSetup([tableOf("t", { topic: "#" }), tableOf("s", { topic: "$SYS/#" })]);
  const { rows } = setup.run([{ topic: "$SYS/broker/uptime", payload: "{}" }]);
  assert.deepEqual(
    rows.map((list) => list.length),
    [0, 1],
  );
});

test("of a ROW only the fields that are read are converted; the others are NULL, whatever they hold", () => {
  const place = {
    kind: "ROW",
    nullable: true,
    fields: [physical("lat", DOUBLE), physical("lon", DOUBLE)],
  } as const;
  const fields = [physical("id", STRING), physical("place", place), physical("battery", DOUBLE)];
  const table = tableOf("t", { topic: "a" }, [
    physical("device", { kind: "ROW", nullable: true, fields }),
  ]);
  const reader = new MessageReader();
  const read = (paths: readonly (readonly number[])[] | undefined): unknown[] => {
    const parts = paths === undefined ? [] : [{ column: 0, paths }];
    const tables = [{ table, required: [0], parts }];
    const decoder = new Decoder({ tables, gatewayId: "", receiveMaximum: 1, reader });
    const payloads = [
      { device: { battery: 1, place: { lon: 2, lat: 3 }, id: "x" } },
      { device: { battery: "none", place: { lat: "north", lon: 5 } } },
      { device: { battery: 7, place: 5 } },
      { device: null },
      { device: { place: null } },
    ];
    reader.load(messageBatch(payloads.map((each) => ({ topic: "a", payload: json(each) }))));
    const [rows] = decoder.decode().tables;
    return rowsOf(table, rows as RowBatch).map((row) => (row as { device: unknown }).device);
  };
  assert.deepEqual(read(undefined), [["x", [3, 2], 1], null, [null, null, null]]);
  assert.deepEqual(read([[1, 1]]), [
    [null, [null, 2], null],
    [null, [null, 5], null],
    null,
    [null, null, null],
  ]);
  assert.deepEqual(read([[0], [2]]), [["x", null, 1], [null, null, 7], null, [null, null, null]]);
});
