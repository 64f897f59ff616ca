// A suspended rule that is repaired goes on from where it failed: at the end its rows are those of a twin that never
// failed, none is missing and none there twice, whatever happens in between.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isDeepStrictEqual } from "node:util";

import {
  engineConfig,
  gatewayAlarms,
  NUMBERED_RULE,
  reading,
  TUMBLE_RULE,
  valuesOf,
  Workbench,
} from "./kit.ts";
import { BREAKABLE, RuleBugs } from "./rule-bugs.ts";
import { Plant, REPAIRED_FILTER, VALUE } from "./repaired-plant.ts";

const repairedTumble = TUMBLE_RULE.replace(
  "GROUP BY device, window_start, window_end;",
  "GROUP BY device, window_start, window_end HAVING COUNT(*) < 1000;",
);
const otherWindows = TUMBLE_RULE.replace("INTERVAL '10' SECOND)\n", "INTERVAL '20' SECOND)\n");

describe("a repaired rule", () => {
  it("goes on where it failed, killed as often as you like", (context) => {
    const plant = new Plant(context, { before: NUMBERED_RULE, after: REPAIRED_FILTER });
    plant.send(5);
    plant.bug = (values) => Number(values[VALUE]) >= 70;
    plant.send(300);
    plant.kill();
    plant.send(100);
    const missed = plant.rows.fine.length - plant.rows.broken.length;
    assert.ok(missed > 100);
    assert.equal(plant.status, "a bug");
    plant.repair();
    assert.match(plant.status ?? "", /catches up: 4\d\d journal entries behind/);
    plant.catchUp(2);
    assert.ok(plant.life.engine.suspensions.isBehind);
    const { length } = plant.rows.broken;
    assert.ok(length > 15 && length < plant.rows.fine.length);
    plant.kill();
    plant.send(20);
    plant.catchUp(2);
    assert.ok(plant.life.engine.suspensions.isBehind);
    plant.repair(); // once more, and what the text before has put out is out
    plant.send(20);
    plant.catchUp();
    assert.equal(plant.status, undefined);
    assert.equal(gatewayAlarms(plant.life.engine).at(-1), "rule_suspended returned: null");
    plant.send(20);
    plant.kill();
    plant.send(20);
    assert.deepEqual(plant.rows.broken, plant.rows.fine);
  });

  it("keeps its open windows where the new text can take them up", (context) => {
    const plant = new Plant(context, { before: TUMBLE_RULE, after: repairedTumble });
    plant.send(24);
    plant.bug = () => true;
    plant.send(40);
    plant.repair();
    plant.catchUp();
    plant.send(20);
    assert.deepEqual(plant.rows.broken, plant.rows.fine);
    // What was resumed is in the journal: an older checkpoint gives the same.
    plant.kill();
    plant.send(20);
    assert.deepEqual(plant.rows.broken, plant.rows.fine);
  });

  it("begins with what the journal has where it cannot, and repeats no window", (context) => {
    const plant = new Plant(context, { before: TUMBLE_RULE, after: otherWindows });
    plant.send(43);
    const before = plant.rows.broken.length;
    plant.bug = () => true;
    plant.send(60);
    plant.repair();
    plant.catchUp(1);
    plant.kill();
    plant.catchUp();
    plant.send(40);
    const { broken, fine } = plant.rows;
    // Windows that had not ended when it failed are those of the new text.
    const first = fine.findIndex((row) => isDeepStrictEqual(row, broken[before]));
    assert.ok(first > 0);
    assert.deepEqual(broken.slice(before), fine.slice(first));
  });

  it("fails again further on, and goes on from there", (context) => {
    const plant = new Plant(context, { before: NUMBERED_RULE, after: REPAIRED_FILTER });
    plant.bug = (values) => Number(values[VALUE]) === 65;
    plant.send(100);
    plant.repair();
    plant.bug = (values) => Number(values[VALUE]) === 75;
    plant.catchUp();
    assert.equal(plant.status, "a bug");
    assert.deepEqual(plant.rows.broken, plant.rows.fine.slice(0, plant.rows.broken.length));
    plant.send(10);
    plant.kill();
    assert.equal(plant.status, "a bug", "the same text again");
    assert.deepEqual(plant.rows.broken, plant.rows.fine.slice(0, plant.rows.broken.length));
  });

  // Found by `npm run simulate -- --seed 200004187`: it failed at a row that it had run before, and ended the worker.
  it("fails again, and before that where it had not failed", (context) => {
    const plant = new Plant(context, { before: NUMBERED_RULE, after: REPAIRED_FILTER });
    plant.bug = (values) => Number(values[VALUE]) === 65;
    plant.send(400);
    plant.repair();
    plant.catchUp(2);
    assert.ok(plant.life.engine.suspensions.isBehind);
    let rows = 0;
    plant.bug = () => [20, 25].includes(++rows);
    plant.catchUp();
    assert.ok(rows > 25);
    assert.equal(plant.status, "a bug");
    assert.deepEqual(plant.rows.broken, plant.rows.fine.slice(0, plant.rows.broken.length));
    plant.repair();
    plant.catchUp();
    plant.send(10);
    assert.deepEqual(plant.rows.broken, plant.rows.fine);
  });

  // Found by `npm run simulate -- --seed 600259`: only of the last one was it remembered how far its rows were out.
  it("repeats nothing where another is repaired, and comes first, while it catches up", (context) => {
    const bench = new Workbench(context);
    const bugs = new RuleBugs(context);
    const directory = bench.folder();
    const texts = { high: NUMBERED_RULE, tumble: TUMBLE_RULE };
    const edited = (rule: "high" | "tumble"): string => BREAKABLE[rule].edition(texts[rule], 1);
    let life = bench.start(engineConfig(directory, texts));
    const send = (from: number, to: number): void => {
      for (let seq = from; seq < to; seq++)
        life.run([reading("a", { seq, atMs: seq * 1000, v: 60 })]);
    };
    bugs.failing.add("tumble").add("high");
    send(0, 400);
    bugs.failing.delete("tumble");
    const half = { ...texts, tumble: edited("tumble") };
    life = bench.restart(life, engineConfig(directory, half));
    life.engine.catchUp();
    life.engine.catchUp();
    const some = valuesOf(life.engine, "tumble").length;
    assert.ok(some > 0 && life.engine.suspensions.isBehind);
    bugs.failing.clear();
    life = bench.restart(life, engineConfig(directory, { ...half, high: edited("high") }));
    while (life.engine.suspensions.isBehind) life.engine.catchUp();
    send(400, 420);
    const windows = valuesOf(life.engine, "tumble").map((row) => Reflect.get(row, "window_start"));
    assert.ok(windows.length > some);
    assert.deepEqual(windows, [...new Set(windows)]);
    assert.equal(valuesOf(life.engine, "high").length, 420);
  });
});
