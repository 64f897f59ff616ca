import assert from "node:assert/strict";
import { test } from "node:test";

import type { Outcome } from "./fault.ts";
import type { RunRecord } from "./ledger.ts";
import { reliabilityPage, scoreText } from "./reliability.ts";
import { scoreOf, numbersText } from "./scoreboard.ts";

function run(seed: number, outcome: Partial<Outcome> | undefined): RunRecord {
  const clean: Outcome = {
    injected: { "at random": 2 },
    acknowledged: 100,
    lost: 0,
    duplicated: 0,
    wrong: 0,
    digestMismatches: 0,
    slowestReadyMs: 700,
    problems: [],
  };
  return {
    fault: 1,
    seed,
    at: `2026-11-2${seed}T12:00:00.000Z`,
    seconds: 30,
    commit: "abc1234",
    source: "s",
    ...(outcome === undefined ? { error: "it broke" } : { outcome: { ...clean, ...outcome } }),
  };
}

test("runs are added up, and one that is not as expected in any way has failed", () => {
  const score = scoreOf([
    run(1, { figures: "12 MiB" }),
    run(2, {
      figures: "1 MiB",
      injected: { "at a point": 1 },
      slowestReadyMs: 900,
      met: { write: [9, 3] },
    }),
    run(3, { lost: 1, met: { write: [3, 4], sync: [1] } }),
    run(4, { duplicated: 2 }),
    run(5, { wrong: 3 }),
    run(6, { digestMismatches: 4 }),
    run(7, { problems: ["an error was logged"] }),
    run(8, undefined),
  ]);
  assert.deepEqual(score, {
    runs: 8,
    failed: 6,
    injected: 13,
    injectedByKind: { "at random": 12, "at a point": 1 },
    met: { write: [3, 4, 9], sync: [1] },
    longest: 2,
    figures: "12 MiB",
    acknowledged: 700,
    lost: 1,
    destroyed: 0,
    duplicated: 2,
    wrong: 3,
    digestMismatches: 4,
    slowestReadyMs: 900,
    seeds: [1, 2, 3, 4, 5, 6, 7, 8],
    minutes: 4,
    last: { at: "2026-11-28T12:00:00.000Z", commit: "abc1234" },
  });
});

test("seeds are shown sorted and in ranges", () => {
  assert.equal(numbersText([9, 3, 1, 2, 3, 11]), "1–3, 9, 11");
  assert.equal(numbersText([]), "");
});

test("the page shows what was run, hides no failure, and says what was not tested", () => {
  const page = reliabilityPage({
    source: "0123456789ab",
    runs: [run(1, {}), run(2, { lost: 1 })],
    earlierRuns: [],
    histories: [],
    earlierHistories: [],
  });
  assert.match(page, /0123456789ab/);
  const line = page.split("\n").find((each) => each.startsWith("| 1 |"));
  assert.match(line ?? "", /kill -9 at random points \| \[01-kill\]\(test\/faults\/01-kill.ts\)/);
  assert.match(line ?? "", /\*\*1 not as expected\*\* \| 2 \| 4 \| 200 \| 1 \|/);
  assert.match(page, /\*\*1 lost, 0 duplicated, 0 wrong\*\*/);
  assert.match(page, /not run on this source: 2 \(power cut/);
  assert.match(scoreText([run(2, { lost: 1 })]), /1 FAILED.*lost 1/);
});
