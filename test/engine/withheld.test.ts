// What a restored image does not send again is told of, whatever it is. Found by `npm run simulate -- --seed 925`.

import assert from "node:assert/strict";
import { cpSync, rmSync } from "node:fs";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";

import type { EngineConfig } from "../../src/engine/config.ts";
import { ALARM_RULE, engineConfig, NUMBERED_RULE, reading, TUMBLE_RULE, Workbench } from "./kit.ts";
import type { Life, Rules } from "./kit.ts";
import type { TestMessage } from "../decode/batch.ts";
import { MemoryKafka, MemorySession } from "./memory-kafka.ts";

/** A disk whose image, made before its first message or later, comes back. */
class Restorable {
  readonly kafka = new MemoryKafka();
  life: Life;
  readonly #bench: Workbench;
  readonly #config: EngineConfig;
  #image: string;

  constructor(context: TestContext, more: Rules = {}) {
    this.#bench = new Workbench(context);
    const topics = { alarm: "alarms", deadLetter: "dead", late: "late", rollback: "rolled" };
    const rules = { tumble: TUMBLE_RULE, high: NUMBERED_RULE, ...more };
    this.#config = engineConfig(this.#bench.folder(), rules, { topics });
    this.life = this.#bench.start(this.#config);
    this.#image = this.#bench.copyOf(this.#config.directory);
  }

  image(): string {
    this.#image = this.#bench.copyOf(this.#config.directory);
    return this.#image;
  }

  /** The newest image, or this one. */
  restore(image: string = this.#image): void {
    this.life.drop();
    rmSync(this.#config.directory, { recursive: true });
    cpSync(image, this.#config.directory, { recursive: true });
    this.life = this.#bench.start(this.#config);
  }

  async forward(): Promise<void> {
    await this.connect().drain();
  }

  connect(): MemorySession {
    return new MemorySession(this.kafka, this.life.engine);
  }

  /** Events of the alarm rule. */
  get alarms(): string[] {
    const events = this.kafka.rows.filter(({ rule }) => rule === "hot");
    return events
      .map(({ value }) => JSON.parse(value) as Record<string, string>)
      .map(({ series, occurrence, state }) => `${series} ${occurrence} ${state}`);
  }

  /** What the withheld rows were: their rule and their event time. */
  get rolled(): string[] {
    return this.kafka.rows
      .filter(({ topic }) => topic === "rolled")
      .map(({ value }) => JSON.parse(value) as Record<string, string>)
      .map(({ rule, event_time: time }) => `${rule} ${time?.slice(11)}`);
  }
}

const at = (device: string, seq: number, [seconds, v]: [number, number]): TestMessage =>
  reading(device, { seq, atMs: seconds * 1000, v });

/** A restored disk that has passed a row over, and told nothing so far; `waiting`: an image from before that. */
async function passedOver(context: TestContext): Promise<{ disk: Restorable; waiting: string }> {
  const disk = new Restorable(context);
  disk.life.run([reading("a", { seq: 1, atMs: 60_000, v: 90 })]);
  await disk.forward();
  disk.restore();
  disk.life.run([reading("a", { seq: 2, atMs: 30_000, v: 90 })]);
  const waiting = disk.image();
  await disk.connect().transact(1);
  return { disk, waiting };
}

describe("a restored disk image", () => {
  it("tells of every row that it withholds, also when it is restored again", async (context) => {
    const disk = new Restorable(context);
    disk.life.run([reading("a", { seq: 1, atMs: 60_000, v: 90 })]);
    await disk.forward();
    disk.restore();
    await disk.forward();
    disk.life.run([reading("a", { seq: 2, atMs: 30_000, v: 90 })]);
    await disk.forward();
    assert.deepEqual(disk.rolled, ["high 00:00:30Z"]);
    disk.restore();
    await disk.forward();
    disk.life.run([reading("a", { seq: 3, atMs: 20_000, v: 90 })]);
    await disk.forward();
    assert.deepEqual(disk.rolled, ["high 00:00:30Z", "high 00:00:20Z"]);
  });

  it("tells of late rows that may have been told before", async (context) => {
    const disk = new Restorable(context);
    disk.life.run([
      reading("a", { seq: 1, atMs: 60_000, v: 0 }),
      reading("a", { seq: 2, atMs: 30_000, v: 0 }),
    ]);
    await disk.forward();
    disk.restore();
    await disk.forward();
    disk.life.run([
      reading("a", { seq: 1, atMs: 60_000, v: 0 }),
      reading("a", { seq: 3, atMs: 20_000, v: 0 }),
    ]);
    await disk.forward();
    assert.deepEqual(disk.rolled, ["headrace_late 00:00:20Z"]);
  });

  // Found by `npm run simulate -- --seed 500000106`: Kafka was told that the row is passed, and never why.
  it("tells again of what Kafka says is passed, unless that has left or is on the disk", async (context) => {
    const { disk, waiting } = await passedOver(context);
    const passed = disk.image();
    assert.deepEqual(disk.rolled, [], "it has passed the row over, and told nothing so far");
    disk.restore(passed);
    await disk.forward();
    assert.deepEqual(disk.rolled, ["high 00:00:30Z"], "it knows that it has told of it");
    disk.restore(waiting);
    await disk.forward();
    assert.deepEqual(disk.rolled, ["high 00:00:30Z"], "Kafka has what the other told");
  });

  it("tells again of what was told and cut off", async (context) => {
    const { disk, waiting } = await passedOver(context);
    disk.restore(waiting);
    await disk.forward();
    assert.deepEqual(disk.rolled, ["high 00:00:30Z"]);
  });

  // Found by fault 30: Kafka was told that the rule had put out its events up to there, when one of them was still to come.
  it("tells of an alarm event though it was cut off, and restored again, before the event left", async (context) => {
    const disk = new Restorable(context, { hot: ALARM_RULE });
    disk.life.run([at("a", 1, [0, 90]), at("a", 2, [3, 90]), at("a", 3, [20, 90])]);
    await disk.forward();
    disk.image();
    disk.life.run([at("b", 1, [21, 90]), at("b", 2, [24, 90]), at("b", 3, [29, 90])]);
    await disk.forward();
    assert.deepEqual(disk.alarms, ["a 1 raised", "b 1 raised"]);
    const cool = [at("a", 4, [30, 60]), at("a", 5, [60, 60])];
    disk.restore();
    disk.life.run(cool);
    // A transaction that passes the event as it was derived, and does not hold it as it is written anew.
    await disk.connect().transact(1);
    assert.deepEqual(disk.alarms, ["a 1 raised", "b 1 raised"]);
    disk.restore();
    disk.life.run(cool);
    await disk.forward();
    assert.deepEqual(disk.alarms, ["a 1 raised", "b 1 raised", "a 1 returned"]);
  });

  it("tells of an alarm event once, though the image has it as it was derived and as it was written anew", async (context) => {
    const disk = new Restorable(context, { hot: ALARM_RULE });
    disk.life.run([at("a", 1, [0, 90]), at("a", 2, [3, 90]), at("a", 3, [20, 90])]);
    await disk.forward();
    const first = disk.image();
    disk.life.run([at("b", 1, [21, 90]), at("b", 2, [24, 90]), at("b", 3, [29, 90])]);
    await disk.forward();
    disk.restore();
    disk.life.run([
      at("a", 4, [40, 60]),
      at("a", 5, [41, 90]),
      at("a", 6, [50, 60]),
      at("a", 7, [70, 60]),
    ]);
    disk.connect(); // judges them, and sends nothing
    const second = disk.image();
    disk.restore(first);
    disk.life.run([at("b", 4, [31, 90]), at("b", 5, [36, 60])]);
    await disk.forward();
    disk.life.run([at("b", 6, [42, 60])]);
    await disk.forward();
    assert.deepEqual(disk.alarms, ["a 1 raised", "b 1 raised", "b 1 returned"]);
    disk.restore(second);
    await disk.forward();
    const told = [
      "a 1 raised",
      "b 1 raised",
      "b 1 returned",
      "a 1 returned",
      "a 2 raised",
      "a 2 returned",
    ];
    assert.deepEqual(disk.alarms, told);
  });

  it("takes an event for no news that has left and is still in the image", async (context) => {
    const disk = new Restorable(context, { hot: ALARM_RULE });
    const session = disk.connect();
    disk.life.engine.gatewayAlarm("uplink_unreachable", "down");
    disk.life.run([at("a", 1, [0, 90]), at("a", 2, [20, 90])]);
    await session.transact(500); // left, and not confirmed
    disk.image();
    disk.life.engine.gatewayAlarm("uplink_unreachable", undefined);
    disk.life.run([at("a", 3, [30, 10]), at("a", 4, [60, 10])]);
    await session.drain();
    disk.restore();
    await disk.forward();
    const ofGateway = disk.kafka.rows.filter(({ key }) => key.includes("uplink_unreachable"));
    assert.equal(ofGateway.length, 2);
    assert.deepEqual(disk.alarms, ["a 1 raised", "a 1 returned"]);
    assert.deepEqual(disk.rolled, ["hot 00:00:20Z"]); // the reading that waited, not the event
  });

  it("tells of the end of an alarm though its rule was ahead", async (context) => {
    const disk = new Restorable(context, { hot: ALARM_RULE });
    disk.life.run([at("a", 1, [0, 90]), at("b", 1, [20, 10])]);
    await disk.forward();
    disk.image();
    disk.life.run([at("b", 2, [40, 90]), at("b", 3, [90, 90])]);
    await disk.forward();
    disk.restore();
    // What would have been late on the lost disk is in time on this one.
    disk.life.run([at("a", 2, [30, 10]), at("b", 4, [95, 90])]);
    await disk.forward();
    assert.deepEqual(disk.alarms, ["a 1 raised", "b 1 raised", "a 1 returned"]);
  });

  it("tells of an event whose place was passed by a disk that was lost before it left", async (context) => {
    const disk = new Restorable(context, { hot: ALARM_RULE });
    disk.life.run([at("a", 1, [0, 90]), at("a", 2, [3, 90]), at("a", 3, [20, 90])]);
    await disk.forward();
    const first = disk.image();
    disk.life.run([at("a", 4, [30, 60]), at("a", 5, [60, 60])]);
    const second = disk.image();
    disk.restore(first);
    disk.life.run([at("b", 1, [21, 90]), at("b", 2, [24, 90]), at("b", 3, [29, 90])]);
    await disk.forward();
    disk.restore(second);
    await disk.connect().transact(1);
    assert.deepEqual(disk.alarms, ["a 1 raised", "b 1 raised"]);
    disk.restore(second);
    await disk.forward();
    assert.deepEqual(disk.alarms, ["a 1 raised", "b 1 raised", "a 1 returned"]);
  });

  // Found by `npm run simulate -- --seed 33226024`: the alarm was taken for one that is not raised.
  it("goes on with an alarm whose lane has lost nothing", async (context) => {
    const disk = new Restorable(context, { hot: ALARM_RULE });
    disk.life.run([at("a", 1, [0, 90]), at("a", 2, [3, 90]), at("a", 3, [20, 90])]);
    await disk.forward();
    disk.restore();
    await disk.forward();
    disk.image();
    disk.life.run([at("a", 4, [21, 90])]);
    await disk.forward();
    disk.restore();
    await disk.forward();
    disk.life.run([at("a", 5, [30, 10]), at("a", 6, [31, 90]), at("a", 7, [60, 90])]);
    await disk.forward();
    assert.deepEqual(disk.alarms, ["a 1 raised", "a 1 returned", "a 2 raised"]);
  });
});
