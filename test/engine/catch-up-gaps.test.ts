// A repaired rule that cannot catch up with everything: it kills the process, or what it has missed is no longer there.
// Then it is told, and what can be there is.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { HELD_JOURNAL_QUOTAS } from "../../src/core/limits.ts";
import { engineConfig, gatewayAlarms, NUMBERED_RULE } from "./kit.ts";
import { type Bug, Plant, REPAIRED_FILTER, VALUE } from "./repaired-plant.ts";

const isSeventyFive: Bug = (values) => Number(values[VALUE]) === 75;
const DEADLY = { deadly: [0] };
const QUOTA = 24_000;
const smallJournal = {
  store: { ...engineConfig("", {}).store, journal: { quotaBytes: QUOTA, ageMs: 86_400_000 } },
};
const DEAD_LETTERS =
  NUMBERED_RULE.replace(/;$/, "") +
  " UNION ALL SELECT topic, CAST(NULL AS BIGINT), CAST(NULL AS DOUBLE) FROM headrace_dead_letter;";

describe("a rule that catches up", () => {
  it("that kills the process is suspended again at the third start, and the others go on", (context) => {
    const plant = new Plant(context, { before: NUMBERED_RULE, after: REPAIRED_FILTER });
    plant.bug = () => true;
    plant.send(50);
    plant.repair();
    plant.die(isSeventyFive, DEADLY);
    plant.die(isSeventyFive, DEADLY);
    plant.catchUp();
    assert.equal(plant.life.trials.length, 1);
    assert.match(plant.status ?? "", /^it kills the process, at journal entry \d+$/);
    const { length } = plant.rows.broken;
    assert.ok(length > 10 && length < 50);
    plant.send(30);
    plant.kill();
    plant.send(30);
    assert.equal(plant.rows.broken.length, length, "the same text again");
    assert.deepEqual(plant.rows.broken, plant.rows.fine.slice(0, length));
    plant.repair();
    plant.catchUp();
    plant.send(5);
    assert.equal(plant.status, undefined);
    assert.deepEqual(plant.rows.broken, plant.rows.fine);
  });

  it("that is killed from outside again and again at one entry goes on", (context) => {
    const plant = new Plant(context, { before: NUMBERED_RULE, after: REPAIRED_FILTER });
    plant.bug = () => true;
    plant.send(50);
    plant.repair();
    for (let death = 1; death <= 4; death++) plant.die(isSeventyFive, { deadly: [] });
    plant.catchUp();
    assert.equal(plant.life.trials.length, 1);
    plant.send(5);
    assert.equal(plant.status, undefined);
    assert.deepEqual(plant.rows.broken, plant.rows.fine);
  });

  it("says what the journal no longer has, and repeats nothing", (context) => {
    const changes = smallJournal;
    const plant = new Plant(context, { before: NUMBERED_RULE, after: REPAIRED_FILTER, changes });
    plant.send(5);
    plant.bug = () => true;
    plant.send(400);
    plant.repair();
    plant.catchUp();
    plant.send(5);
    const { broken, fine } = plant.rows;
    assert.deepEqual(broken.slice(0, 5), fine.slice(0, 5));
    assert.ok(broken.length > 10 && broken.length < 400);
    assert.deepEqual(broken.slice(5), fine.slice(5 - broken.length));
    assert.equal(plant.gaps.length, 1);
  });

  it("over system tables begins anew, and is told since when it has missed rows", (context) => {
    const before = DEAD_LETTERS;
    const plant = new Plant(context, {
      before,
      after: before.replace("v > 50", "v > 50 AND v < 1000"),
    });
    plant.bug = () => true;
    plant.send(5);
    plant.repair();
    const told =
      /^rule_gap raised: broken has missed what came since 2026-.*Z: no journal keeps the system tables it reads$/;
    assert.match(gatewayAlarms(plant.life.engine)[1] ?? "", told);
    plant.kill();
    plant.send(5);
    assert.deepEqual(plant.rows.broken, plant.rows.fine.slice(5));
    const alarms = gatewayAlarms(plant.life.engine).map((text) => text.slice(0, 15));
    assert.deepEqual(alarms, ["rule_suspended ", "rule_gap raised", "rule_suspended "]);
  });

  it("that waits for too long is overtaken: the journal has a bound, and the gap is told", (context) => {
    const changes = smallJournal;
    const plant = new Plant(context, { before: NUMBERED_RULE, after: REPAIRED_FILTER, changes });
    plant.bug = () => true;
    plant.send(100);
    plant.repair();
    plant.catchUp(1);
    const first = plant.rows.broken.length;
    assert.ok(first > 2 && first < 100 && plant.gaps.length === 0);
    // The lanes have no room for its rows: it takes no step.
    const { stats } = plant.life.engine.store;
    for (let batch = 0; batch < 1000; batch++) {
      plant.send(1);
      assert.ok(stats.journalBytes < HELD_JOURNAL_QUOTAS * QUOTA + 1000);
    }
    assert.ok(stats.journalBytes > 1.5 * QUOTA);
    plant.catchUp(1);
    const [gap = 0] = plant.gaps;
    plant.kill();
    plant.catchUp();
    plant.send(5);
    const { broken, fine } = plant.rows;
    assert.deepEqual(broken.slice(0, first), fine.slice(0, first));
    assert.deepEqual(broken.slice(first), fine.slice(first - broken.length));
    const missed = fine.length - broken.length;
    assert.ok(missed > 100 && Math.abs(gap - missed) < 5, `${gap} entries, ${missed} rows`);
  });
});
