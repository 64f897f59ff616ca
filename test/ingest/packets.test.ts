import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { ByteBudget } from "../../src/ingest/byte-budget.ts";
import { isRefusal, readConnect } from "../../src/ingest/connect-packet.ts";
import { FrameSplitter } from "../../src/ingest/frame-splitter.ts";
import { readDisconnect, readFilters, SUBSCRIBE } from "../../src/ingest/packets.ts";
import { connectPacket } from "../kit/mqtt-client.ts";

/** Bytes near something valid: a packet with some bytes changed and a piece cut off. */
function mutated(valid: Buffer): fc.Arbitrary<Buffer> {
  const change = fc.tuple(fc.nat(valid.length - 1), fc.nat(255));
  return fc
    .tuple(fc.array(change, { maxLength: 6 }), fc.nat(valid.length))
    .map(([changes, length]) => {
      const bytes = Buffer.from(valid);
      for (const [at, byte] of changes) bytes[at] = byte;
      return bytes.subarray(0, length);
    });
}

const connect5 = connectPacket({
  version: 5,
  clientId: "device",
  username: "user",
  password: "pass",
  sessionExpirySeconds: 60,
}).subarray(2);

test("a mutated CONNECT is read or refused, never thrown at", () => {
  fc.assert(
    fc.property(fc.oneof(mutated(connect5), fc.uint8Array().map(Buffer.from)), (bytes) => {
      const packet = readConnect(bytes);
      if (!isRefusal(packet)) assert.ok(packet.version === 4 || packet.version === 5);
    }),
    { numRuns: 2000 },
  );
});

test("a CONNECT reads back as it was written", () => {
  const packet = readConnect(connect5);
  assert.deepEqual(packet, {
    version: 5,
    clientId: "device",
    cleanStart: true,
    keepAliveSeconds: 0,
    sessionExpirySeconds: 60,
    username: "user",
    password: Buffer.from("pass"),
  });
});

test("any bytes as SUBSCRIBE or DISCONNECT are read or malformed, never thrown at", () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.constantFrom<4 | 5>(4, 5), (array, version) => {
      const filters = readFilters(version, SUBSCRIBE, Buffer.from(array));
      assert.ok(filters === undefined || (filters.count > 0 && filters.packetId > 0));
      readDisconnect(version, Buffer.from(array));
    }),
    { numRuns: 2000 },
  );
});

test("any byte stream ends in packets or one fault, and keeps little", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 10 }), (chunks) => {
      const budget = new ByteBudget();
      let faults = 0;
      const splitter: FrameSplitter = new FrameSplitter({
        budget,
        packetBytes: 1000,
        answersPings: true,
        sink: {
          onPublish: ({ topicStart, topicEnd, payloadStart, payloadEnd }) => {
            assert.ok(topicStart < topicEnd && topicEnd <= payloadStart);
            assert.ok(payloadStart <= payloadEnd);
            return true;
          },
          onPacket: () => {},
          onPing: () => {},
          onGranted: () => {},
          onFault: () => {
            faults++;
            splitter.close();
          },
        },
      });
      splitter.takesPublish = true;
      for (const chunk of chunks) splitter.push(Buffer.from(chunk), chunk.length);
      assert.ok(faults <= 1);
      assert.ok(budget.used <= 80_000);
    }),
    { numRuns: 3000 },
  );
});
