// What a backtest says of what it covered.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { Difference } from "../../../src/cli/backtest/difference.ts";
import { reportOf, reportText } from "../../../src/cli/backtest/report.ts";
import type { Covered } from "../../../src/cli/backtest/report.ts";
import { Backtest } from "../../../src/engine/backtest.ts";
import { inForceFrom } from "../../../src/engine/config-entry.ts";
import { planRules } from "../../../src/engine/rule-set.ts";
import { ALARM_RULE, engineConfig, TUMBLE_RULE } from "../../engine/kit.ts";

const DAY_MS = 86_400_000;
const BEGIN_MS = Date.UTC(2026, 0, 10);

function covered(text: string, changes: Partial<Covered> = {}): Covered {
  return {
    head: {
      firstSequence: 500,
      fromSequence: 500,
      fromTimeMs: BEGIN_MS,
      lastSequence: 900,
      bytes: 1,
      inForce: undefined,
      schemas: [],
    },
    sinceMs: BEGIN_MS - DAY_MS,
    toMs: BEGIN_MS + DAY_MS,
    ruleSet: planRules([{ file: "candidate.sql", text }], []),
    difference: undefined,
    ...changes,
  };
}

function notes(text: string, changes?: Partial<Covered>): readonly string[] {
  const of = covered(text, changes);
  const { settings } = inForceFrom(engineConfig("", {}), new Map());
  const take = (): void => {};
  const run = new Backtest({ ...of, profiles: [], settings, beginMs: BEGIN_MS, take });
  run.counts.incomplete = 1;
  run.changedProfiles.set("pump", BEGIN_MS + 1);
  return reportOf(run, of).notes;
}

describe("the report of a backtest", () => {
  it("says that the journal begins later than what was asked for", () => {
    const trimmed =
      "the journal begins at 2026-01-10T00:00:00.000Z: what came before has been deleted";
    const always = [
      "1 row of windows that began before are left out",
      "profile pump was another one until 2026-01-10T00:00:00.001Z: its messages were read as it is now",
    ];
    assert.deepEqual(notes(TUMBLE_RULE), [trimmed, ...always]);
    assert.deepEqual(notes(TUMBLE_RULE, { sinceMs: undefined }), [trimmed, ...always]);
    assert.deepEqual(notes(TUMBLE_RULE, { sinceMs: BEGIN_MS }), always);
    assert.deepEqual(notes(ALARM_RULE, { sinceMs: BEGIN_MS }), [
      "alarms that were raised at the beginning are raised there anew",
      ...always,
    ]);
    const session = TUMBLE_RULE.replace(
      "TUMBLE(TABLE readings",
      "SESSION(TABLE readings PARTITION BY device",
    );
    assert.deepEqual(notes(session, { sinceMs: BEGIN_MS }).slice(0, 1), [
      "sessions that were open at the beginning begin there",
    ]);
  });

  it("is made for people, too", () => {
    const text = reportText({
      rows: 1234,
      messages: 1,
      from: "a",
      to: "b",
      incomplete: 0,
      late: 2,
      deadLetters: { payload: 3 },
      difference: { both: 5, onlyCandidate: 0, onlyInForce: 1 },
      notes: ["n"],
    });
    assert.equal(
      text,
      "1,234 rows from 1 message, a to b\n2 rows came late\n3 dead letters: payload\n" +
        "5 rows the same, 0 only in the candidate, 1 only in the rule in force\nnote: n\n",
    );
  });
});

describe("a difference of rows", () => {
  it("is one of multisets, in the order of first sight", () => {
    const difference = new Difference();
    for (const row of ["a", "b", "b", "c"]) difference.add("in_force", row);
    for (const row of ["d", "b", "a", "a", "d"]) difference.add("candidate", row);
    assert.equal(difference.both, 2);
    assert.deepEqual(
      [...difference.rows()].map(({ side, row }) => `${side} ${row}`),
      ["in_force b", "in_force c", "candidate d", "candidate d", "candidate a"],
    );
    assert.equal(difference.count("candidate"), 3);
    assert.equal(difference.count("in_force"), 2);
  });
});
