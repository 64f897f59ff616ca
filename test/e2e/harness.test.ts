// The parts of the end-to-end harness that can be tried without its services.

import assert from "node:assert/strict";
import { test } from "node:test";
import { expectTable } from "../../firmware-sim/checker/expect.ts";
import { Fleet } from "../../firmware-sim/fleet.ts";
import { Metrics } from "../kit/gateway-process.ts";
import { Gate } from "../kit/plant/gate.ts";
import { SIDES } from "../kit/plant/scenario.ts";
import { FULL_LIVES, planLives } from "./lives.ts";
import { e2eScenario, sizeOf } from "./size.ts";

test("the plan of lives is drawn from the seed and holds every kind", () => {
  const plan = planLives(7, FULL_LIVES, 1000);
  assert.deepEqual(planLives(7, FULL_LIVES, 1000), plan);
  assert.notDeepEqual(planLives(8, FULL_LIVES, 1000), plan);
  const points = plan.filter((life) => life.kind === "crash-point").map(({ point }) => point);
  assert.ok(points.filter((point) => point === "engine-after-commit").length >= 5);
  assert.ok(points.filter((point) => point === "uplink-after-end-txn").length >= 5);
  assert.ok(plan.filter(({ kind }) => kind !== "stop").length >= 20);
});

test("a run has the size that acceptance asks for, or the one in the environment", () => {
  assert.equal(sizeOf({}).devices, 100);
  const small = sizeOf({ E2E_MESSAGES: "20000", E2E_SEED: "9" });
  assert.deepEqual([small.devices, small.seed], [10, 9]);
  assert.equal(small.command, "E2E_MESSAGES=20000 E2E_SEED=9 npm run test:e2e");
});

test("a gate opens with its speed and never runs far ahead of what is acknowledged", () => {
  let progressMs = 0;
  const gate = new Gate(0, () => progressMs);
  assert.equal(gate.limitMs(), 0);
  gate.speed = 1e9;
  const spinUntil = performance.now() + 5;
  while (performance.now() < spinUntil);
  assert.equal(gate.limitMs(), 3_000);
  progressMs = 10_000;
  while (gate.limitMs() < 13_000);
  assert.equal(gate.limitMs(), 13_000);
  gate.open();
  assert.equal(gate.limitMs(), Infinity);
});

test("metrics are summed over a family, or over some of its labels", () => {
  const metrics = new Metrics(
    '# HELP a help\na_total{source="direct",qos="1"} 3\na_total{source="broker",qos="1"} 4\na_total_more 9\nb 1e3\n',
  );
  assert.equal(metrics.sum("a_total"), 7);
  assert.equal(metrics.sum("a_total", 'source="broker"'), 4);
  assert.equal(metrics.sum("b"), 1000);
  assert.equal(metrics.sum("none"), 0);
});

test("the scenario keeps its own conditions: late rows exactly where labelled, rows independent of interleaving", () => {
  const scenario = e2eScenario(5);
  for (const side of SIDES) {
    const truth = scenario.newTruth(side);
    const devices = scenario.devices(side);
    const fleet = new Fleet({
      seed: 3,
      plans: devices.map(({ plan }) => plan),
      onFact: (fact) => truth.fact(fact),
      onTransmit: (transmission) => truth.sent(transmission),
    });
    fleet.run(Infinity);
    const records = truth.records();
    const { rows, lateFacts } = expectTable(scenario.table(side, records));
    const late = lateFacts.size / records.length;
    assert.ok(late > 0.008 && late < 0.012, String(late));
    const again = records.filter(({ sent }) => sent.length > 1).length / records.length;
    assert.ok(again > 0.09 && again < 0.11, String(again));
    assert.ok(scenario.skewMs < scenario.options.delayMs / 2);
    for (const rule of ["by_device", "by_line", "hot"])
      assert.ok(rows.some((row) => row.rule === `${side}_${rule}`));
  }
});
