import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { OutboxRows, OutboxRowWriter, partitionHash } from "../../src/core/outbox-rows.ts";

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
  }));
}

test("the partition hash is Kafka's murmur2", () => {
  // From Kafka's own UtilsTest.testMurmur2, made non-negative as its partitioner does.
  const vectors: [string, number][] = [
    ["21", -973932308],
    ["foobar", -790332482],
    ["a-little-bit-long-string", -985981536],
    ["a-little-bit-longer-string", -1486304829],
    ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
    ["abc", 479470107],
  ];
  for (const [text, murmur2] of vectors) {
    assert.equal(partitionHash(Buffer.from(text)), murmur2 & 0x7fffffff, text);
    const inside = Buffer.from(`--${text}--`);
    assert.equal(partitionHash(inside, 2, inside.length - 2), murmur2 & 0x7fffffff);
  }
});

test("a blob gives back the rows in order, whatever their text and size", () => {
  const text = fc.oneof(fc.string({ unit: "binary" }), fc.string({ maxLength: 2000 }));
  const row = fc.record({
    sink: fc.constantFrom(["a", "t1"], ["b", "t1"], ["a", "t2"]),
    key: fc.option(text, { nil: null }),
    value: text,
  });
  const writer = new OutboxRowWriter(GATEWAY);
  fc.assert(
    fc.property(fc.array(row, { maxLength: 200 }), (rows) => {
      for (const { sink, key, value } of rows)
        writer.add(writer.sink(sink[0], sink[1]), key, value);
      assert.equal(writer.rows, rows.length);
      const utf8 = (of: string): string => Buffer.from(of).toString(); // lone surrogates become U+FFFD
      const expected = rows.map(({ sink, key, value }) => ({
        rule: sink[0],
        topic: sink[1],
        key: key === null ? null : utf8(key),
        value: utf8(value),
        hash: partitionHash(Buffer.from(key ?? GATEWAY)),
      }));
      assert.deepEqual(decode(writer.finish({})), expected);
      assert.equal(writer.rows, 0);
    }),
  );
});

test("bytes are stored as they are, and an empty key is not a missing one", () => {
  const writer = new OutboxRowWriter(GATEWAY);
  const sink = writer.sink("r", "t");
  writer.add(sink, Uint8Array.of(0, 255), Uint8Array.of(254, 0));
  writer.add(sink, "", "");
  const rows = new OutboxRows(writer.finish({}));
  assert.deepEqual([...rows.bytes.subarray(rows.keyStart(0), rows.valueEnd(0))], [0, 255, 254, 0]);
  assert.equal(rows.hasKey(1), true);
  assert.equal(rows.hash(1), partitionHash(new Uint8Array()));
});

test("a blob carries the rules' watermarks and can be read at any alignment", () => {
  const writer = new OutboxRowWriter(GATEWAY);
  writer.add(writer.sink("r", "t"), null, "v");
  const blob = writer.finish({ r: 1_700_000_000_000 });
  for (let shift = 0; shift < 4; shift++) {
    const moved = new Uint8Array(blob.length + shift).subarray(shift);
    moved.set(blob);
    assert.deepEqual(new OutboxRows(moved).watermarks, { r: 1_700_000_000_000 });
    assert.equal(new OutboxRows(moved).topic(0), "t");
  }
});

test("what is not a whole blob is refused", () => {
  const writer = new OutboxRowWriter(GATEWAY);
  writer.add(writer.sink("r", "t"), "key", "value");
  const blob = writer.finish({});
  assert.throws(() => new OutboxRows(new Uint8Array(64)), /not an outbox blob/);
  assert.throws(() => new OutboxRows(blob.subarray(0, blob.length - 1)), /cut short/);
});
