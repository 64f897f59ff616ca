import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { REFUSED_PACKET_BYTES } from "../../src/core/limits.ts";
import { QOS_SHIFT, TRUNCATED_BIT } from "../../src/core/message-batch.ts";
import { ByteBudget } from "../../src/ingest/byte-budget.ts";
import { type FrameSink, FrameSplitter } from "../../src/ingest/frame-splitter.ts";
import type { PublishFrame } from "../../src/ingest/publish-frame.ts";
import type { Fault } from "../../src/ingest/reason-codes.ts";
import { packetOf, PINGREQ_PACKET, publishPacket } from "../kit/mqtt-client.ts";

/** Writes down what it is given, and can be full. */
class Recorder implements FrameSink {
  readonly seen: string[] = [];
  readonly budget: ByteBudget;
  readonly splitter: FrameSplitter;
  /** PUBLISH packets it takes before it stops the splitter. */
  room = Infinity;
  fault: Fault | undefined;
  pings = 0;
  grants = 0;

  constructor(options: { packetBytes?: number; budget?: ByteBudget } = {}) {
    this.budget = options.budget ?? new ByteBudget();
    this.splitter = new FrameSplitter({
      sink: this,
      budget: this.budget,
      packetBytes: options.packetBytes ?? 1000,
      answersPings: true,
    });
    this.splitter.takesPublish = true;
  }

  push(bytes: Buffer): void {
    // The socket's buffer is overwritten by its next read.
    const shared = Buffer.from(bytes);
    this.splitter.push(shared, shared.length);
    shared.fill(0xee);
  }

  goOn(room: number): void {
    this.room = room;
    this.splitter.goOn();
  }

  onPublish(frame: PublishFrame): boolean {
    if (this.room === 0) {
      this.splitter.stopped = true;
      return false;
    }
    this.room--;
    const topic = frame.bytes.toString("utf8", frame.topicStart, frame.topicEnd);
    const payload = frame.bytes.toString("latin1", frame.payloadStart, frame.payloadEnd);
    const qos = (frame.flags >> QOS_SHIFT) & 3;
    const long = (frame.flags & TRUNCATED_BIT) === 0 ? "" : ` of ${frame.payloadLength}`;
    this.seen.push(`${topic} ${qos} ${frame.packetId} ${payload}${long}`);
    return true;
  }

  onPacket(header: number, body: Buffer): void {
    this.seen.push(`packet ${header} ${body.toString("latin1")}`);
  }

  onPing(): void {
    this.pings++;
  }

  onFault(fault: Fault): void {
    this.fault = fault;
    this.splitter.close();
  }

  onGranted(): void {
    this.grants++;
  }
}

interface Sent {
  readonly bytes: Buffer;
  readonly expected: string | undefined;
}

const anyPacket: fc.Arbitrary<Sent> = fc.oneof(
  fc
    .record({
      topic: fc.string({ minLength: 1, maxLength: 20, unit: fc.constantFrom("a", "é", "/", "温") }),
      payload: fc.string({ maxLength: 300, unit: fc.constantFrom("x", "y", "0") }),
      packetId: fc.integer({ min: 0, max: 65_535 }),
    })
    .map(({ topic, payload, packetId }) => ({
      bytes: publishPacket(topic, payload, { qos: packetId === 0 ? 0 : 1, packetId }),
      expected: `${topic} ${packetId === 0 ? 0 : 1} ${packetId} ${payload}`,
    })),
  fc.integer({ min: 5000, max: 200_000 }).map((length) => ({
    bytes: publishPacket("long", Buffer.alloc(length, "z"), { packetId: 9 }),
    expected: `long 1 9 ${"z".repeat(4096)} of ${length}`,
  })),
  fc.string({ maxLength: 200, unit: fc.constantFrom("p") }).map((body) => ({
    bytes: packetOf(0xa2, Buffer.from(body)),
    expected: `packet 162 ${body}`,
  })),
  fc.constant({ bytes: PINGREQ_PACKET, expected: undefined }),
);

test("packets come out whole and in order however the stream is cut and whenever there is room", () => {
  fc.assert(
    fc.property(
      fc.array(anyPacket, { maxLength: 12 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 70_000 })),
      fc.infiniteStream(fc.integer({ min: 0, max: 3 })),
      (sent, cuts, rooms) => {
        const recorder = new Recorder();
        const stream = Buffer.concat(sent.map(({ bytes }) => bytes));
        for (let at = 0; at < stream.length;) {
          recorder.room = rooms.next().value;
          const cut = cuts.next().value;
          // Small cuts mostly, so that they also fall into headers.
          const end = Math.min(stream.length, at + (cut % 3 === 0 ? cut : (cut % 40) + 1));
          recorder.push(stream.subarray(at, end));
          at = end;
          if (recorder.splitter.stopped) recorder.goOn(rooms.next().value);
        }
        while (recorder.splitter.stopped) recorder.goOn(2);
        assert.equal(recorder.fault, undefined);
        assert.deepEqual(
          recorder.seen,
          sent.flatMap(({ expected }) => expected ?? []),
        );
        assert.equal(recorder.pings, sent.filter(({ expected }) => expected === undefined).length);
        assert.equal(recorder.budget.used, 0, "nothing is kept when everything was taken");
      },
    ),
    { numRuns: 300 },
  );
});

test("a PINGREQ behind messages that find no room is answered at once, and once", () => {
  const recorder = new Recorder();
  recorder.room = 1;
  recorder.push(Buffer.concat([publishPacket("a", "1"), publishPacket("a", "2"), PINGREQ_PACKET]));
  assert.equal(recorder.pings, 1);
  recorder.push(Buffer.concat([publishPacket("a", "3"), PINGREQ_PACKET.subarray(0, 1)]));
  assert.equal(recorder.pings, 1);
  recorder.push(PINGREQ_PACKET.subarray(1));
  assert.equal(recorder.pings, 2);
  recorder.goOn(1);
  recorder.goOn(5);
  assert.equal(recorder.pings, 2);
  assert.deepEqual(recorder.seen, ["a 1 1 1", "a 1 1 2", "a 1 1 3"]);
});

test("reading ahead ends at a bound", () => {
  const recorder = new Recorder();
  recorder.room = 0;
  const packet = publishPacket("a", Buffer.alloc(900));
  while (!recorder.splitter.congested) recorder.push(packet);
  assert.ok(recorder.budget.used > 64 * 1024 && recorder.budget.used < 66 * 1024);
  recorder.goOn(Infinity);
  assert.ok(!recorder.splitter.congested);
  assert.equal(recorder.budget.used, 0);
});

test("a claim of 256 MB is a fault from the header alone, with nothing allocated", () => {
  const recorder = new Recorder({ packetBytes: 1024 * 1024 });
  recorder.push(Buffer.from([0x32, 0xff, 0xff, 0xff, 0x7f]));
  assert.equal(recorder.fault?.reasonCode, 0x95);
  assert.equal(recorder.budget.used, 0);
});

test("other packets than PUBLISH are refused above 64 KiB from the header alone", () => {
  const recorder = new Recorder({ packetBytes: 1024 * 1024 });
  recorder.push(Buffer.from([0x82, 0x81, 0x80, 0x04]));
  assert.equal(recorder.fault?.reasonCode, 0x95);
});

test("a PUBLISH of 16 MiB is read through with little kept; one byte more is refused", () => {
  const recorder = new Recorder({ packetBytes: 1024 * 1024 });
  const overhead = publishPacket("t", Buffer.alloc(0)).length + 3;
  const packet = publishPacket("t", Buffer.alloc(REFUSED_PACKET_BYTES - overhead, "z"));
  assert.equal(packet.length, REFUSED_PACKET_BYTES);
  let most = 0;
  for (let at = 0; at < packet.length; at += 65_536) {
    recorder.push(packet.subarray(at, at + 65_536));
    most = Math.max(most, recorder.budget.used);
  }
  assert.equal(recorder.seen.length, 1);
  assert.ok(recorder.seen[0]?.endsWith(` of ${REFUSED_PACKET_BYTES - overhead}`));
  assert.ok(most < 80_000, `${most} bytes kept`);
  recorder.push(
    publishPacket("t", Buffer.alloc(REFUSED_PACKET_BYTES - overhead + 1)).subarray(0, 6),
  );
  assert.equal(recorder.fault?.reasonCode, 0x95);
});

test("before the sender is known the header of a PUBLISH is a fault", () => {
  const recorder = new Recorder();
  recorder.splitter.takesPublish = false;
  recorder.push(publishPacket("a", Buffer.alloc(500)).subarray(0, 3));
  assert.equal(recorder.fault?.reasonCode, 0x82);
  assert.equal(recorder.budget.used, 0);
});

test("malformed packets are faults", () => {
  const bad: readonly (readonly [string, Buffer])[] = [
    ["length of five bytes", Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x01])],
    ["overlong length", Buffer.from([0x30, 0x85, 0x00, 0, 1, 0x61, 0, 0])],
    ["no room for the topic length", Buffer.from([0x30, 1, 0])],
    ["topic beyond the end", Buffer.from([0x30, 4, 0, 9, 0x61, 0x61])],
    ["no packet id", Buffer.from([0x32, 4, 0, 1, 0x61, 0])],
    ["packet id 0", publishPacket("a", "x", { packetId: 0 })],
    ["QoS 0 with DUP", publishPacket("a", "x", { qos: 0, dup: true })],
    ["QoS 2", publishPacket("a", "x", { qos: 2 })],
    ["QoS 3", Buffer.from([0x36, 5, 0, 1, 0x61, 0, 1])],
    ["no topic", publishPacket("", "x")],
  ];
  for (const [name, bytes] of bad) {
    const recorder = new Recorder();
    recorder.push(bytes);
    assert.notEqual(recorder.fault, undefined, name);
    recorder.push(publishPacket("a", "after"));
    assert.deepEqual(recorder.seen, [], name);
  }
});

test("MQTT 5.0 properties are skipped by their length", () => {
  const recorder = new Recorder();
  recorder.splitter.frame.hasProperties = true;
  const properties = Buffer.from([0x26, 0, 1, 0x6b, 0, 1, 0x76]);
  const body = Buffer.concat([
    Buffer.from([0, 1, 0x61, 0, 7, properties.length]),
    properties,
    Buffer.from("payload"),
  ]);
  recorder.push(packetOf(0x32, body));
  assert.deepEqual(recorder.seen, ["a 1 7 payload"]);
  recorder.push(packetOf(0x32, Buffer.from([0, 1, 0x61, 0, 7, 99])));
  assert.equal(recorder.fault?.reasonCode, 0x81);
});

test("a large frame waits for the budget, and is completed when it is granted", () => {
  const budget = new ByteBudget(200_000);
  const first = new Recorder({ packetBytes: 200_000, budget });
  const second = new Recorder({ packetBytes: 200_000, budget });
  const packet = publishPacket("a", Buffer.alloc(80_000, "z"));
  first.push(packet.subarray(0, 5000));
  second.push(packet.subarray(0, 5000));
  assert.ok(!first.splitter.congested);
  assert.ok(second.splitter.congested, "must not be read until its turn");
  first.push(packet.subarray(5000));
  assert.equal(first.seen.length, 1);
  assert.equal(second.grants, 1);
  assert.ok(!second.splitter.congested);
  second.push(packet.subarray(5000));
  assert.equal(second.seen.length, 1);
  assert.equal(budget.used, 0);
});
