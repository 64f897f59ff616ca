// Rows that are sent under a schema: they wait for its id, and nothing else does.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { GatewayError } from "../../src/core/errors.ts";
import { UPLINK_ALARM_AFTER_MS } from "../../src/core/limits.ts";
import { partitionHash } from "../../src/core/partition-hash.ts";
import type { RegisteredSchema } from "../../src/core/outbox-rows.ts";
import { BatchLimits } from "../../src/uplink/batch-limits.ts";
import { fill } from "../../src/uplink/fill.ts";
import type { Filled } from "../../src/uplink/fill.ts";
import { LaneCursor } from "../../src/uplink/lane-cursor.ts";
import { Transaction } from "../../src/uplink/transaction.ts";
import { LaneProgress } from "../../src/uplink/lane-progress.ts";
import { SchemaWatch } from "../../src/uplink/schema-watch.ts";
import type { SchemaOptions } from "../../src/uplink/schema-watch.ts";
import { GATEWAY, MemoryOutbox } from "./kit.ts";

const VALUE = { subject: "t-value", schema: '"int"' };
const KEY = { subject: "t-key", schema: '"long"' };
const PARTITIONS = 7;

/** Two lanes over one registry that the test answers for. */
class Bench {
  nowMs = 0;
  /** What `register` gives; an error is thrown. */
  answer: (schema: RegisteredSchema) => number = () => 0;
  readonly asked: string[] = [];
  readonly told: (string | undefined)[] = [];
  readonly outbox = new MemoryOutbox();
  readonly cursors: readonly LaneCursor[];
  readonly watch: SchemaWatch;
  #woken = Promise.withResolvers<void>();

  constructor() {
    this.cursors = ["alarm", "result"].map((lane) => {
      return new LaneCursor(lane as "alarm" | "result", this.outbox);
    });
    const options: SchemaOptions = {
      clock: { monotonicMs: () => this.nowMs, wallMs: () => this.nowMs },
      register: async (schema) => {
        this.asked.push(schema.subject);
        return this.answer(schema);
      },
      onSchemaWaiting: (detail, isRejected) => {
        this.told.push(detail && (isRejected ? `rejected: ${detail}` : detail));
      },
    };
    this.watch = new SchemaWatch(options, this.cursors, () => this.#woken.resolve());
  }

  async fill(): Promise<Filled> {
    for (const cursor of this.cursors) {
      for (const { lane, lastSequence } of this.outbox.lanes) {
        if (cursor.lane === lane) cursor.note(lastSequence);
      }
      await cursor.load(1000, 1e6);
    }
    const open = this.cursors.filter(({ isBlocked }) => !isBlocked);
    this.transaction = new Transaction();
    return fill(this.transaction, open, {
      gatewayId: GATEWAY,
      limits: new BatchLimits(),
      partitions: () => PARTITIONS,
      head: (schema) => this.watch.head(schema),
      isUndeliverable: () => false,
      judge: { frontiers: new Map(), judged: new Set() },
      retentionMs: new Map(),
      nowMs: 0,
      progress: () => new LaneProgress(undefined),
    });
  }

  transaction = new Transaction();

  /** Looks, and waits for the answer if something was asked. */
  async look(): Promise<void> {
    this.#woken = Promise.withResolvers();
    const isDue = this.watch.dueInMs() <= 0;
    this.watch.look();
    if (isDue) await this.#woken.promise;
  }
}

const rejected = (): never => {
  throw new GatewayError("subject t-value: 409", { code: "SCHEMA_REJECTED", blame: "external" });
};
const away = (): never => {
  throw new GatewayError("away", { code: "REGISTRY_UNAVAILABLE", blame: "external" });
};

describe("rows under a schema", () => {
  it("wait for its id, while other lanes go on", async () => {
    const bench = new Bench();
    bench.outbox.add("result", [{ topic: "t", key: "k", value: "v", schemas: { value: VALUE } }]);
    bench.outbox.add("alarm", [{ topic: "a", key: "k", value: "v" }]);
    assert.equal((await bench.fill()).rows, 1);
    assert.deepEqual(
      bench.cursors.map(({ waiting }) => waiting),
      [0, 0],
    );
    assert.equal(bench.cursors[1]?.isBlocked, true);
    await bench.look();
    assert.deepEqual(bench.asked, ["t-value"]);
    assert.equal(bench.watch.dueInMs(), Infinity);
    assert.equal((await bench.fill()).rows, 1);
    // Known by now: not asked for again.
    bench.outbox.add("result", [{ topic: "t", key: "k", value: "w", schemas: { value: VALUE } }]);
    assert.equal((await bench.fill()).rows, 1);
    assert.deepEqual(bench.asked, ["t-value"]);
  });

  it("have a zero byte and the id before key and value, and the partition of that key", async () => {
    const bench = new Bench();
    bench.answer = ({ subject }) => (subject === "t-key" ? 0x0102_0304 : 9);
    const schemas = { key: KEY, value: VALUE };
    bench.outbox.add("result", [{ topic: "t", key: "k", value: "v", schemas }]);
    await bench.fill();
    await bench.look();
    // One after the other: the key's was wanted first.
    await bench.fill();
    await bench.look();
    assert.equal((await bench.fill()).rows, 1);
    assert.deepEqual(bench.asked, ["t-key", "t-value"]);
    const key = Buffer.from([0, 1, 2, 3, 4, 0x6b]);
    const partition = partitionHash(key) % PARTITIONS;
    const { writer } = bench.transaction.partition("t", partition);
    assert.equal(writer.records, 1);
    const batch = writer.finish({
      producerId: 1n,
      producerEpoch: 0,
      baseSequence: 0,
      timestampMs: 0,
      transactional: true,
    });
    assert.ok(batch.includes(key));
    assert.ok(batch.includes(Buffer.from([0, 0, 0, 0, 9, 0x76])));
  });

  it("are tried again with growing pauses; an alarm is raised after a minute and cleared", async () => {
    const bench = new Bench();
    bench.answer = away;
    bench.outbox.add("result", [{ topic: "t", key: "k", value: "v", schemas: { value: VALUE } }]);
    await bench.fill();
    await bench.look();
    assert.ok(bench.watch.dueInMs() > 0);
    await bench.look();
    assert.equal(bench.asked.length, 1);
    bench.nowMs += UPLINK_ALARM_AFTER_MS;
    await bench.look();
    assert.deepEqual(bench.told, ["away"]);
    bench.answer = () => 5;
    bench.nowMs += UPLINK_ALARM_AFTER_MS;
    await bench.look();
    assert.deepEqual(bench.told, ["away", undefined]);
    assert.equal((await bench.fill()).rows, 1);
  });

  it("that the registry refuses raise an alarm at once, and hold up no other subject", async () => {
    const bench = new Bench();
    bench.answer = ({ subject }) => (subject === "t-value" ? rejected() : 5);
    bench.outbox.add("alarm", [{ topic: "t", key: "k", value: "v", schemas: { value: VALUE } }]);
    bench.outbox.add("result", [{ topic: "t", key: "k", value: "v", schemas: { key: KEY } }]);
    await bench.fill();
    await bench.look();
    assert.deepEqual(bench.told, ["rejected: subject t-value: 409"]);
    assert.deepEqual(
      bench.cursors.map(({ isBlocked }) => isBlocked),
      [true, false],
    );
    assert.equal((await bench.fill()).rows, 1);
  });
});
