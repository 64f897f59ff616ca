import assert from "node:assert/strict";
import { test } from "node:test";
import { partitionHash } from "../../src/core/partition-hash.ts";

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
