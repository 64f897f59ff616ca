// What a restored image does not send again is told of, whatever it is. Found by `npm run simulate -- --seed 925`.

import assert from "node:assert/strict";
import { cpSync, rmSync } from "node:fs";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";

import type { EngineConfig } from "../../src/engine/config.ts";
import { engineConfig, NUMBERED_RULE, reading, TUMBLE_RULE, Workbench } from "./kit.ts";
import type { Life } from "./kit.ts";
import { MemoryKafka, MemorySession } from "./memory-kafka.ts";

/** A disk whose image, made before its first message, comes back. */
class Restorable {
  readonly kafka = new MemoryKafka();
  life: Life;
  readonly #bench: Workbench;
  readonly #config: EngineConfig;
  readonly #image: string;

  constructor(context: TestContext) {
    this.#bench = new Workbench(context);
    const topics = { alarm: "alarms", deadLetter: "dead", late: "late", rollback: "rolled" };
    const rules = { tumble: TUMBLE_RULE, high: NUMBERED_RULE };
    this.#config = engineConfig(this.#bench.folder(), rules, { topics });
    this.life = this.#bench.start(this.#config);
    this.#image = this.#bench.copyOf(this.#config.directory);
  }

  restore(): void {
    this.life.drop();
    rmSync(this.#config.directory, { recursive: true });
    cpSync(this.#image, this.#config.directory, { recursive: true });
    this.life = this.#bench.start(this.#config);
  }

  async forward(): Promise<void> {
    await new MemorySession(this.kafka, this.life.engine).drain();
  }

  /** What the withheld rows were: their rule and their event time. */
  get rolled(): string[] {
    return this.kafka.rows
      .filter(({ topic }) => topic === "rolled")
      .map(({ value }) => JSON.parse(value) as Record<string, string>)
      .map(({ rule, event_time: time }) => `${rule} ${time?.slice(11)}`);
  }
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
});
