// Our reading and writing of Kafka's bytes, each against kafkajs' own and against the other.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { crc32c } from "../../src/uplink/crc32c.ts";
import { RecordBatchWriter } from "../../src/uplink/record-batch.ts";
import { scanRecordBatches } from "../../src/uplink/record-scan.ts";

const require = createRequire(import.meta.url);
const stockCrc32c = require("kafkajs/src/protocol/recordBatch/crc32C") as (b: Buffer) => number;
const Decoder = require("kafkajs/src/protocol/decoder") as new (b: Buffer) => object;
const decodeBatch = require("kafkajs/src/protocol/recordBatch/v0/decoder") as (
  decoder: object,
) => Promise<StockBatch>;

interface StockBatch {
  readonly inTransaction: boolean;
  readonly isControlBatch: boolean;
  readonly producerId: string;
  readonly producerEpoch: number;
  readonly firstSequence: number;
  readonly lastOffsetDelta: number;
  readonly firstTimestamp: string;
  readonly maxTimestamp: string;
  readonly records: readonly {
    readonly key: Buffer | null;
    readonly value: Buffer | null;
    readonly offset: string;
    readonly headers: Readonly<Record<string, Buffer>>;
  }[];
}

interface Row {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly header: string;
}

const bytes = fc.uint8Array({ maxLength: 400 }).map((array) => Buffer.from(array));
const row: fc.Arbitrary<Row> = fc.record(
  {
    key: fc.option(bytes, { nil: null }),
    value: fc.option(bytes, { nil: null }),
    header: fc.stringMatching(/^[a-z0-9/]{0,200}$/),
  },
  { noNullPrototype: true },
);
const rowList = fc.array(row, { minLength: 1, maxLength: 200 });

const ORIGIN = {
  producerId: 2n ** 40n + 5n,
  producerEpoch: 12,
  baseSequence: 2 ** 31 - 3,
  timestampMs: 1_700_000_000_123,
  transactional: true,
};

function write(rows: readonly Row[]): Buffer {
  const writer = new RecordBatchWriter();
  for (const { key, value, header } of rows) {
    const all = Buffer.concat([key ?? Buffer.alloc(0), value ?? Buffer.alloc(0)]);
    const place = { bytes: all, keyStart: 0, keyEnd: key?.length ?? 0, valueEnd: all.length };
    writer.append({ ...place, hasKey: key !== null, hasValue: value !== null }, header);
  }
  assert.equal(writer.records, rows.length);
  const batch = writer.finish(ORIGIN);
  assert.equal(batch.length, writer.byteLength);
  return Buffer.from(batch);
}

test("CRC-32C agrees with the published check value and with kafkajs", () => {
  assert.equal(crc32c(Buffer.from("123456789"), 0, 9), 0xe3069283);
  fc.assert(
    fc.property(bytes, fc.nat(8), (data, start) => {
      const from = Math.min(start, data.length);
      const expected = stockCrc32c(data.subarray(from)) >>> 0;
      assert.equal(crc32c(data, from, data.length), expected);
    }),
  );
});

test("kafkajs reads from a batch what was written into it", async () => {
  await fc.assert(
    fc.asyncProperty(rowList, async (rows) => {
      const batch = write(rows);
      assert.equal(batch.readUInt32BE(17), stockCrc32c(batch.subarray(21)) >>> 0);
      const read = await decodeBatch(new Decoder(batch));
      assert.equal(read.inTransaction, true);
      assert.equal(read.isControlBatch, false);
      assert.equal(read.producerId, String(ORIGIN.producerId));
      assert.equal(read.producerEpoch, ORIGIN.producerEpoch);
      assert.equal(read.firstSequence, ORIGIN.baseSequence);
      assert.equal(read.lastOffsetDelta, rows.length - 1);
      assert.equal(read.firstTimestamp, String(ORIGIN.timestampMs));
      assert.equal(read.maxTimestamp, String(ORIGIN.timestampMs));
      const records = read.records.map(({ key, value, headers, offset }, i) => {
        assert.equal(offset, String(i));
        return { key, value, header: headers["headrace"]!.toString() };
      });
      assert.deepEqual(records, rows);
    }),
  );
});

test("a scan finds the keyed records of whole batches and leaves out a cut one", () => {
  fc.assert(
    fc.property(rowList, rowList, fc.nat(), (first, second, cut) => {
      const one = write(first);
      const two = write(second);
      two.writeBigInt64BE(1000n, 0);
      const whole = [...scanRecordBatches(Buffer.concat([one, two]))];
      assert.deepEqual(
        whole.map(({ baseOffset, nextOffset }) => [baseOffset, nextOffset]),
        [
          [0, first.length],
          [1000, 1000 + second.length],
        ],
      );
      const found: unknown[] = [];
      whole[1]!.forEach((key, value, offset) => found.push({ key, value, offset }));
      const expected = second.flatMap(({ key, value }, i) =>
        key === null ? [] : [{ key, value, offset: 1000 + i }],
      );
      assert.deepEqual(found, expected);
      const short = Buffer.concat([one, two.subarray(0, cut % two.length)]);
      assert.equal([...scanRecordBatches(short)].length, 1);
    }),
  );
});

test("a scan tells transactions and their markers, and reads what the broker compressed", () => {
  const batch = write([{ key: Buffer.from("k"), value: Buffer.from("v"), header: "h" }]);
  const [plain] = scanRecordBatches(batch);
  assert.deepEqual(
    [plain!.producerId, plain!.transactional, plain!.marker],
    [ORIGIN.producerId, true, undefined],
  );
  for (const [type, marker] of [
    [0, "abort"],
    [1, "commit"],
  ] as const) {
    const key = Buffer.from([0, 0, 0, type]);
    const control = write([{ key, value: Buffer.alloc(6), header: "" }]);
    control.writeInt16BE(0x30, 21);
    assert.equal([...scanRecordBatches(control)][0]!.marker, marker);
  }
  for (const [codec, compress] of [
    [1, gzipSync],
    [4, zstdCompressSync],
  ] as const) {
    const packed = Buffer.concat([batch.subarray(0, 61), compress(batch.subarray(61))]);
    packed.writeInt32BE(packed.length - 12, 8);
    packed.writeInt16BE(0x10 | codec, 21);
    const values: (string | undefined)[] = [];
    for (const found of scanRecordBatches(packed)) {
      found.forEach((_, value) => values.push(value?.toString()));
    }
    assert.deepEqual(values, ["v"]);
  }
  const snappy = Buffer.from(batch);
  snappy.writeInt16BE(0x12, 21);
  assert.throws(() => [...scanRecordBatches(snappy)][0]!.forEach(() => undefined), /snappy/);
});
