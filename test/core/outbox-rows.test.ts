import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { OutboxRows, OutboxRowWriter, ROW_MARKS } from "../../src/core/outbox-rows.ts";
import { partitionHash } from "../../src/core/partition-hash.ts";

const GATEWAY = "gw-7";

/** Rows as a reader of the blob sees them. */
function decode(blob: Uint8Array): unknown[] {
  const rows = new OutboxRows(blob);
  return Array.from({ length: rows.rows }, (_, row) => ({
    rule: rows.rule(row),
    topic: rows.topic(row),
    key: rows.hasKey(row)
      ? rows.bytes.toString("utf8", rows.keyStart(row), rows.keyEnd(row))
      : null,
    value: rows.bytes.toString("utf8", rows.keyEnd(row), rows.valueEnd(row)),
    hash: rows.hash(row),
    timeMs: rows.timeMs(row),
    mark: rows.mark(row),
  }));
}

test("a blob gives back the rows in order, whatever their text and size", () => {
  const text = fc.oneof(fc.string({ unit: "binary" }), fc.string({ maxLength: 2000 }));
  const sinkRow = fc.record({
    sink: fc.constantFrom(["a", "t1"], ["b", "t1"], ["a", "t2"]),
    key: fc.option(text, { nil: null }),
    value: text,
    timeMs: fc.oneof(fc.constant(Number.NaN), fc.double({ noNaN: true })),
    mark: fc.constantFrom(...ROW_MARKS),
  });
  const writer = new OutboxRowWriter(GATEWAY);
  fc.assert(
    fc.property(fc.array(sinkRow, { maxLength: 200 }), (rows) => {
      for (const { sink, ...row } of rows) writer.add(writer.sink(sink[0], sink[1]), row);
      assert.equal(writer.rows, rows.length);
      const utf8 = (of: string): string => Buffer.from(of).toString(); // lone surrogates become U+FFFD
      const expected = rows.map(({ sink, key, value, timeMs, mark }) => ({
        rule: sink[0],
        topic: sink[1],
        key: key === null ? null : utf8(key),
        value: utf8(value),
        hash: partitionHash(Buffer.from(key ?? GATEWAY)),
        timeMs,
        mark,
      }));
      assert.deepEqual(decode(writer.finish({})), expected);
      assert.equal(writer.rows, 0);
    }),
  );
});

test("bytes are stored as they are, and an empty key is not a missing one", () => {
  const writer = new OutboxRowWriter(GATEWAY);
  const sink = writer.sink("r", "t");
  writer.add(sink, { key: Uint8Array.of(0, 255), value: Uint8Array.of(254, 0), timeMs: 0 });
  writer.add(sink, { key: "", value: "", timeMs: 0 });
  const rows = new OutboxRows(writer.finish({}));
  assert.deepEqual([...rows.bytes.subarray(rows.keyStart(0), rows.valueEnd(0))], [0, 255, 254, 0]);
  assert.equal(rows.hasKey(1), true);
  assert.equal(rows.hash(1), partitionHash(new Uint8Array()));
});

test("a blob says under which schemas its rows are sent, and a value may be missing", () => {
  const writer = new OutboxRowWriter(GATEWAY);
  const schemas = { value: { subject: "t-value", schema: '"int"' } };
  const plain = writer.sink("r", "t");
  const framed = writer.sink("r", "t", schemas);
  const other = writer.sink("r", "t", { key: { subject: "t-key", schema: '"long"' } });
  assert.equal(writer.sink("r", "t", structuredClone(schemas)), framed);
  writer.add(plain, { key: "k", value: null, timeMs: 0, mark: "returned" });
  writer.add(framed, { key: null, value: Uint8Array.of(7), timeMs: 0 });
  const rows = new OutboxRows(writer.finish({}));
  assert.deepEqual([rows.schemas(0), rows.schemas(1)], [undefined, schemas]);
  assert.deepEqual([rows.hasValue(0), rows.hasValue(1)], [false, true]);
  assert.deepEqual([rows.mark(0), rows.mark(1)], ["returned", "none"]);
  assert.deepEqual(
    [rows.valueEnd(0), rows.hasKey(0), rows.hasKey(1)],
    [rows.keyEnd(0), true, false],
  );
  // Only those that the blob has rows of.
  writer.add(other, { key: "k", value: "v", timeMs: 0 });
  assert.deepEqual(new OutboxRows(writer.finish({})).topics, ["t"]);
});

test("a blob carries the rules' watermarks and can be read at any alignment", () => {
  const writer = new OutboxRowWriter(GATEWAY);
  writer.add(writer.sink("r", "t"), { key: null, value: "v", timeMs: 1.5 });
  const blob = writer.finish({ r: 1_700_000_000_000 });
  for (let shift = 0; shift < 4; shift++) {
    const moved = new Uint8Array(blob.length + shift).subarray(shift);
    moved.set(blob);
    assert.deepEqual(new OutboxRows(moved).watermarks, { r: 1_700_000_000_000 });
    assert.equal(new OutboxRows(moved).topic(0), "t");
    assert.equal(new OutboxRows(moved).timeMs(0), 1.5);
  }
});

test("what is not a whole blob is refused", () => {
  const writer = new OutboxRowWriter(GATEWAY);
  writer.add(writer.sink("r", "t"), { key: "key", value: "value", timeMs: 0 });
  const blob = writer.finish({});
  assert.throws(() => new OutboxRows(new Uint8Array(64)), /not an outbox blob/);
  assert.throws(() => new OutboxRows(blob.subarray(0, blob.length - 1)), /cut short/);
});
