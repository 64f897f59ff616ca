// The end of a rollback by the operator's word, where devices have their own time.

import assert from "node:assert/strict";
import { cpSync, rmSync } from "node:fs";
import { describe, it, type TestContext } from "node:test";

import { engineConfig, type Life, valuesOf, Workbench } from "./kit.ts";
import { MemoryKafka, MemorySession } from "./memory-kafka.ts";
import { counts, Sender } from "./time-kit.ts";

interface Restored {
  readonly bench: Workbench;
  readonly config: ReturnType<typeof engineConfig>;
  readonly kafka: MemoryKafka;
  readonly life: Life;
  readonly sender: Sender;
}

/** The disk of when `a` and `b` had sent once. A window of each has left since. */
async function restored(context: TestContext): Promise<Restored> {
  const bench = new Workbench(context);
  const { each } = counts();
  const config = engineConfig(
    bench.folder(),
    { each: each! },
    { topics: { alarm: "alarms", deadLetter: "dead", late: "late", rollback: "rolled" } },
  );
  const kafka = new MemoryKafka();
  const sender = new Sender();
  const lost = bench.start(config);
  lost.run([sender.at("a", 1), sender.at("b", 1)], 0);
  const image = bench.copyOf(config.directory);
  lost.run([sender.at("b", 16), sender.at("a", 30)], 20);
  await new MemorySession(kafka, lost.engine).drain();
  lost.drop();
  rmSync(config.directory, { recursive: true });
  cpSync(image, config.directory, { recursive: true });
  return { bench, config, kafka, life: bench.start(config), sender };
}

/** An operator ends it. */
function end({ engine }: Life, isFinal: boolean): boolean | undefined {
  return engine.uplinked((to) => to.endRollback(isFinal)?.isOver);
}

function windows({ rows }: MemoryKafka): object[] {
  return rows.filter(({ rule }) => rule === "each").map(({ value }) => JSON.parse(value) as object);
}

function rolled({ engine }: Life): number {
  return valuesOf(engine, "headrace_rollback").length;
}

describe("a rollback", () => {
  it("goes on while a silent device has a window open that has left before", async (context) => {
    const { kafka, life, sender } = await restored(context);
    const session = new MemorySession(kafka, life.engine);
    // b has fallen silent and does not count: the table's time is a's, beyond all that has left.
    life.run([sender.at("a", 31)], 11_000);
    assert.equal(end(life, false), false);
    life.run([sender.at("b", 17)], 12_000);
    assert.equal(end(life, false), true);
    life.run([sender.at("b", 26), sender.at("a", 46)], 13_000);
    await session.drain();
    assert.deepEqual(windows(kafka), [
      { device: "b", n: 1 },
      { device: "a", n: 1 },
      { device: "b", n: 1 },
      { device: "a", n: 1 },
    ]);
  });

  it("is over by the operator's word, and a device that is back after all sends nothing twice", async (context) => {
    const { bench, config, kafka, life, sender } = await restored(context);
    await new MemorySession(kafka, life.engine).drain();
    life.run([sender.at("a", 31)], 11_000);
    const before = rolled(life);
    assert.equal(end(life, false), false);
    assert.equal(end(life, true), true);
    life.run([sender.at("a", 46)], 12_000);
    // Killed: the journal knows of it.
    const next = bench.restart(life, config);
    assert.equal(next.engine.state.digestMismatches, 0);
    const session = new MemorySession(kafka, next.engine);
    assert.equal(session.rollback?.isOver, true);
    next.run([sender.at("b", 17), sender.at("b", 36)], 13_000);
    await session.drain();
    assert.equal(rolled(next), before + 1, "b's old window");
    assert.deepEqual(windows(kafka), [
      { device: "b", n: 1 },
      { device: "a", n: 1 },
      { device: "a", n: 1 },
      { device: "b", n: 1 },
    ]);
  });
});
