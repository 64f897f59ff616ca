// Starts that go on where the engine was, however time has passed before.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Engine } from "../../src/engine/engine.ts";
import type { EngineConfig } from "../../src/engine/config.ts";
import { engineConfig, valuesOf, Workbench } from "./kit.ts";
import type { Life } from "./kit.ts";
import { TOPICS, Sender, counts } from "./time-kit.ts";

const sender = new Sender();
const at = (device: string, seconds: number) => sender.at(device, seconds);
const byBroker = (device: string, seconds: number) => sender.byBroker(device, seconds);

/** What happens to an engine, one step after the other. */
const STEPS: readonly ((engine: Life) => void)[] = [
  (life) => void life.run([byBroker("a", 1), byBroker("b", 2), byBroker("c", 3)], 1000),
  ({ engine }) => engine.time.link({ source: "broker", isUp: true }, 1500),
  (life) => void life.run([byBroker("a", 12), byBroker("b", 14)], 6000),
  (life) => void life.run([byBroker("a", 23), { ...byBroker("b", 25), afterMs: 40 }], 14_000),
  ({ engine }) => void engine.time.tick(16_100),
  (life) => void life.run([byBroker("a", 34)], 20_000),
  ({ engine }) => engine.time.link({ source: "broker", isUp: false }, 21_000),
  ({ engine }) => void engine.time.tick(50_000),
  (life) => void life.run([byBroker("c", 4), byBroker("c", 15), byBroker("a", 35)], 60_000),
  ({ engine }) => engine.time.link({ source: "broker", isUp: true }, 61_000),
  ({ engine }) => void engine.time.tick(80_000),
  (life) => void life.run([byBroker("a", 36), byBroker("b", 99), byBroker("d", 7)], 81_000),
  ({ engine }) => void engine.time.tick(200_000),
];

describe("a restart", () => {
  it("after any step goes on alike from a checkpoint and from a replay", (context) => {
    const bench = new Workbench(context);
    const changes = { brokerSources: ["broker"], ...TOPICS };
    const ways = (count: number): Life[] => {
      const config = (): EngineConfig => engineConfig(bench.folder(), counts("broker"), changes);
      const stopped = config();
      const killed = config();
      sender.seq = 0;
      const first = bench.start(stopped);
      for (const step of STEPS.slice(0, count)) step(first);
      first.stop();
      sender.seq = 0;
      const second = bench.start(killed);
      for (const step of STEPS.slice(0, count)) step(second);
      const after = sender.seq;
      return [bench.start(stopped), bench.restart(second, killed)].map((life) => {
        assert.equal(life.engine.state.digestMismatches, 0);
        sender.seq = after;
        for (const step of STEPS.slice(count)) step(life);
        return life;
      });
    };
    for (let count = 0; count <= STEPS.length; count++) {
      const [fromCheckpoint, fromReplay] = ways(count).map(({ engine }) => shown(engine));
      assert.deepEqual(fromReplay, fromCheckpoint, `after ${count} steps`);
      assert.ok((fromReplay?.length ?? 0) > 10);
    }
  });

  it("begins deadlines anew: nobody is silent because the gateway was stopped", (context) => {
    const bench = new Workbench(context);
    const config = engineConfig(bench.folder(), counts());
    const life = bench.start(config);
    life.run([at("a", 1)], 0);
    life.run([at("a", 2)], 9000);
    life.stop();
    const again = bench.start(config);
    assert.equal(again.engine.time.nextDeadlineMs, 9000 + 10_000);
  });
});

function shown(engine: Engine): string[] {
  return ["each", "whole", "headrace_late"].flatMap((rule) =>
    valuesOf(engine, rule).map((row) => `${rule} ${JSON.stringify(row)}`),
  );
}
