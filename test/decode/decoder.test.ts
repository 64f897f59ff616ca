import assert from "node:assert/strict";
import { test } from "node:test";

import { BATCH_MESSAGES } from "../../src/core/limits.ts";
import { MessageReader } from "../../src/core/message-reader.ts";
import { MAX_LENGTH } from "../../src/core/types.ts";
import type { SqlType } from "../../src/core/types.ts";
import { Decoder } from "../../src/decode/decoder.ts";
import type { DecodeColumn, DecodeTable } from "../../src/decode/table.ts";
import type { BatchClient } from "../../src/core/message-batch.ts";
import { messageBatch, RECEIVE_TIME_MS, rowsOf } from "./batch.ts";
import type { TestMessage } from "./batch.ts";

const STRING: SqlType = { kind: "VARCHAR", length: MAX_LENGTH, nullable: true };
const DOUBLE: SqlType = { kind: "DOUBLE", nullable: true };

function physical(name: string, type: SqlType): DecodeColumn {
  return { name, type, source: { kind: "physical" } };
}

function metadata(key: string, type: SqlType, name: string = key): DecodeColumn {
  return { name, type, source: { kind: "metadata", key } };
}

function tableOf(
  name: string,
  options: Record<string, string>,
  columns: readonly DecodeColumn[] = [physical("device", STRING), physical("temperature", DOUBLE)],
): DecodeTable {
  return { name, columns, options };
}

class Setup {
  readonly reader = new MessageReader();
  readonly decoder: Decoder;
  readonly tables: readonly DecodeTable[];

  constructor(tables: readonly DecodeTable[], resume?: Uint8Array, directSources = ["direct"]) {
    this.tables = tables;
    const { reader } = this;
    const inputs = tables.map((table) => ({ table, required: table.columns.map((_, i) => i) }));
    this.decoder = new Decoder(
      { tables: inputs, gatewayId: "gw1", receiveMaximum: 4, directSources, reader },
      resume,
    );
  }

  /** Rows by table, and dead letters as `message table kind: reason`. */
  run(messages: readonly TestMessage[]): { rows: unknown[][]; dead: string[] } {
    this.reader.load(messageBatch(messages));
    const { tables, deadLetters } = this.decoder.decode();
    return {
      rows: tables.map((batch, i) => rowsOf(this.tables[i] as DecodeTable, batch)),
      dead: deadLetters.map((d) => `${d.message} ${d.table ?? "-"} ${d.kind}: ${d.reason}`),
    };
  }
}

const json = (value: unknown): string => JSON.stringify(value);

test("one message feeds every table whose filter matches, in arrival order", () => {
  const setup = new Setup([
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
  const setup = new Setup([tableOf("t", { topic: "a/+" })]);
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
    "1 t undecodable: not JSON: unexpected end",
    "3 t undecodable: field temperature: 'hot' is not a DOUBLE",
    "4 t undecodable: not JSON: empty payload",
  ]);
  assert.deepEqual([...(setup.decoder.decode().tables[0]?.origin.subarray(0, 2) ?? [])], [2, 5]);
});

test("the source option lets in only what came by that mqtt entry", () => {
  const other: BatchClient = { source: "broker", clientId: "x", session: 1 };
  const setup = new Setup([
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
  const { rows } = new Setup([table]).run([
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
    assert.throws(() => new Setup([table]), message);
  };
  refused(tableOf("t", { topic: "t" }, [metadata("offset", STRING)]), /no metadata 'offset'/);
  refused(tableOf("t", { topic: "t" }, [metadata("qos", STRING)]), /'qos' is not a VARCHAR/);
  refused(tableOf("t", { topic: "t", format: "avro" }), /format 'avro' is not built yet/);
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
  const setup = new Setup([tableOf("t", { topic: "t", "json.ignore-parse-errors": "true" })]);
  const { rows, dead } = setup.run([
    { topic: "t", payload: "nonsense" },
    { topic: "t", payload: json({ device: "a", temperature: "hot" }) },
  ]);
  assert.deepEqual(rows, [[{ device: "a", temperature: null }]]);
  assert.deepEqual(dead, []);
  assert.equal(setup.decoder.stats.ignored, 1);
});

test("json.fail-on-missing-field refuses messages that lack a column", () => {
  const setup = new Setup([tableOf("t", { topic: "t", "json.fail-on-missing-field": "true" })]);
  const { rows, dead } = setup.run([
    { topic: "t", payload: json({ device: "a" }) },
    { topic: "t", payload: json({ device: "a", temperature: null }) },
  ]);
  assert.equal(rows[0]?.length, 1);
  assert.deepEqual(dead, [
    "0 t undecodable: field temperature: missing ('json.fail-on-missing-field' is 'true')",
  ]);
});

test("a message above limits.packetBytes is a dead letter that says how large it was", () => {
  const setup = new Setup([tableOf("t", { topic: "t" })]);
  const { dead } = setup.run([{ topic: "t", payload: "{}", truncatedFrom: 2_000_000 }]);
  assert.deepEqual(dead, [
    "0 t truncated: larger than limits.packetBytes: 2000000 bytes, only the first are kept",
  ]);
});

test("columns and rows of one batch leave nothing behind in the next, also when it is larger", () => {
  const setup = new Setup([tableOf("t", { topic: "t" })]);
  setup.run([{ topic: "t", payload: json({ device: "a", temperature: 1 }) }]);
  const many = Array.from({ length: BATCH_MESSAGES + 10 }, () => ({ topic: "t", payload: "{}" }));
  const { rows } = setup.run(many);
  assert.equal(rows[0]?.length, BATCH_MESSAGES + 10);
  for (const row of rows[0] ?? []) assert.deepEqual(row, { device: null, temperature: null });
});

test("a re-send with DUP is dropped by packet id and payload, across batches and a restart", () => {
  const setup = new Setup([tableOf("t", { topic: "t" })]);
  const message = { topic: "t", payload: json({ device: "a" }), packetId: 7 };
  const size = (s: Setup, m: TestMessage): number | undefined => s.run([m]).rows[0]?.length;
  assert.equal(size(setup, message), 1);
  assert.equal(size(setup, { ...message, dup: true }), 0);
  const resumed = new Setup(setup.tables, setup.decoder.snapshot());
  assert.equal(size(resumed, { ...message, dup: true }), 0);
  assert.equal(resumed.decoder.stats.resends, 2);
  // Not a re-send: without DUP, other bytes, another packet id, another client, a session begun anew.
  assert.equal(size(resumed, message), 1);
  assert.equal(size(resumed, { ...message, dup: true, payload: json({ device: "b" }) }), 1);
  assert.equal(size(resumed, { ...message, dup: true, packetId: 8 }), 1);
  const client = { source: "direct", clientId: "c2", session: 1 };
  assert.equal(size(resumed, { ...message, dup: true, client }), 1);
  assert.equal(size(resumed, { ...message, dup: true, client: { ...client, session: 2 } }), 1);
});

test("a client's re-sends are known as far back as its Receive Maximum", () => {
  const setup = new Setup([tableOf("t", { topic: "t" })]);
  const message = (packetId: number, dup: boolean): TestMessage => {
    return { topic: "t", payload: json({ device: String(packetId) }), packetId, dup };
  };
  setup.run([1, 2, 3, 4, 5].map((id) => message(id, false)));
  const { rows } = setup.run([2, 3, 4, 5, 1].map((id) => message(id, true)));
  assert.deepEqual(rows, [[{ device: "1", temperature: null }]]);
});

test("re-sends into tables that all have an identity are left to the identity", () => {
  const columns = [physical("device", STRING), physical("seq", { kind: "BIGINT", nullable: true })];
  const options = { topic: "t", "identity.key": "device", "identity.sequence": "seq" };
  const setup = new Setup([tableOf("t", options, columns)]);
  const message = { topic: "t", payload: json({ device: "a", seq: 1 }), packetId: 7 };
  const { rows } = setup.run([message, { ...message, dup: true }]);
  assert.equal(rows[0]?.length, 2);
});

test("a retained message that repeats the topic's last payload is dropped once, by policy", () => {
  const client: BatchClient = { source: "broker", clientId: "x", session: 1 };
  const live = { topic: "t", payload: json({ device: "a" }), qos: 0, client };
  const retained = { ...live, retain: true };
  const counts = (policy: string | undefined, ...messages: TestMessage[]): number | undefined => {
    const options: Record<string, string> = policy === undefined ? {} : { retained: policy };
    const setup = new Setup([tableOf("t", { topic: "t", ...options })]);
    const first = setup.run(messages.slice(0, 1)).rows[0]?.length ?? 0;
    const resumed = new Setup(setup.tables, setup.decoder.snapshot());
    return first + (resumed.run(messages.slice(1)).rows[0]?.length ?? 0);
  };
  const changed = { ...retained, payload: json({ device: "b" }) };
  assert.equal(counts(undefined, live, retained, retained), 1);
  assert.equal(counts("once", retained, retained, changed, retained), 3);
  assert.equal(counts("once", live, live), 2);
  assert.equal(counts("ignore", live, retained, changed), 1);
  assert.equal(counts("accept", live, retained, retained), 3);
  // On a listener of our own the flag is the publisher's wish, not a repetition.
  const direct = { ...retained, client: { ...client, source: "direct" } };
  assert.equal(counts("once", direct, direct), 2);
  assert.equal(counts("ignore", direct, direct), 0);
});

test("topics that begin with $ are not matched by a leading wildcard", () => {
  const setup = new Setup([tableOf("t", { topic: "#" }), tableOf("s", { topic: "$SYS/#" })]);
  const { rows } = setup.run([{ topic: "$SYS/broker/uptime", payload: "{}" }]);
  assert.deepEqual(
    rows.map((list) => list.length),
    [0, 1],
  );
});
