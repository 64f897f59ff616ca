// A lane that is full: what the configured policy makes of it, and what the metrics say. Each lane has its own.

import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";

import type { FullPolicy } from "../../src/config/gateway.ts";
import type { EngineConfig } from "../../src/engine/config.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { engineStatus } from "../../src/engine/status.ts";
import {
  ALARM_RULE,
  engineConfig,
  FILTER_RULE,
  type Life,
  reading,
  valuesOf,
  Workbench,
} from "./kit.ts";

const QUOTA = 2_000;
const ROWS = 100;
/** Above the limits of both rules; rows are known by how far they are above it. */
const FIRST_VALUE = 100;
const LARGE = { quotaBytes: 1e6, whenFull: "block" } as const;

/** A lane of results that holds some 20 rows, and a hundred of them, a batch each, unless a lane blocks. */
function filled(
  context: TestContext,
  whenFull: FullPolicy,
  changes: Partial<EngineConfig> = {},
): Life {
  const bench = new Workbench(context);
  const config = engineConfig(bench.folder(), { filter: FILTER_RULE, alarm: ALARM_RULE }, changes);
  const lanes = { ...config.store.lanes, alarm: LARGE, result: { quotaBytes: QUOTA, whenFull } };
  const life = bench.start({ ...config, store: { ...config.store, lanes } });
  for (let seq = 1; seq <= ROWS && life.engine.blocked() === undefined; seq++)
    life.run([reading("a", { seq, atMs: seq * 100, v: FIRST_VALUE + seq })]);
  return life;
}

function dropped(engine: Engine, reason: string): number {
  const { metrics } = engineStatus(engine, undefined);
  return metrics
    .filter(
      ({ name, labels }) => name === "headrace_dropped_rows_total" && labels["reason"] === reason,
    )
    .reduce((sum, { labels, value }) => {
      assert.ok(labels["lane"] === "result" || value === 0, "no other lane");
      return sum + value;
    }, 0);
}

function sequences(engine: Engine): number[] {
  return valuesOf(engine, "filter").map(({ v }) => Number(v) - FIRST_VALUE);
}

describe("a lane that is full", () => {
  it("blocks: no batch runs until rows of it have left, and nothing is dropped", (context) => {
    const { engine } = filled(context, "block");
    assert.deepEqual(engine.blocked(), { reason: "lane", lane: "result" });
    assert.equal(dropped(engine, "quota"), 0);
    const kept = sequences(engine);
    assert.deepEqual(
      kept,
      kept.map((_, index) => index + 1),
    );
    engine.confirm("result", kept.length);
    assert.equal(engine.blocked(), undefined);
  });

  it("drops the oldest: the newest are there, the others are counted", (context) => {
    const { engine } = filled(context, "drop-oldest");
    const kept = sequences(engine);
    assert.equal(kept.at(-1), ROWS);
    assert.equal(kept[0], ROWS - kept.length + 1);
    assert.equal(dropped(engine, "quota"), ROWS - kept.length);
  });

  it("drops the newest: the first are there, the others are counted", (context) => {
    const { engine } = filled(context, "drop-newest");
    const kept = sequences(engine);
    assert.equal(kept[0], 1);
    assert.equal(kept.at(-1), kept.length);
    assert.equal(dropped(engine, "quota"), ROWS - kept.length);
  });

  it("is a ring without an uplink, whatever the policy, counted apart", (context) => {
    const { engine } = filled(context, "block", { uplink: false });
    const kept = sequences(engine);
    assert.equal(kept.at(-1), ROWS);
    assert.equal(dropped(engine, "quota"), 0);
    assert.equal(dropped(engine, "no_uplink"), ROWS - kept.length);
  });

  it("leaves the other lanes alone", (context) => {
    const { engine } = filled(context, "drop-newest");
    assert.equal(valuesOf(engine, "alarm").length, 1, "raised after 2 s");
  });
});
