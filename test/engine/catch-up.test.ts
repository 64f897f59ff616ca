// A suspended rule that is repaired goes on from where it failed: at the end its rows are those of a twin that never
// failed, none is missing and none there twice, whatever happens in between.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isDeepStrictEqual } from "node:util";

import { gatewayAlarms, NUMBERED_RULE, TUMBLE_RULE } from "./kit.ts";
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
});
