import assert from "node:assert/strict";
import { test } from "node:test";

import { countsTable, earlierText } from "./counts.ts";
import type { Outcome } from "./fault.ts";
import type { RunRecord } from "./ledger.ts";

function run(fault: number, outcome: Partial<Outcome>, source = "s"): RunRecord {
  const clean: Outcome = {
    injected: {},
    acknowledged: 10,
    lost: 0,
    duplicated: 0,
    wrong: 0,
    digestMismatches: 0,
    slowestReadyMs: 700,
    problems: [],
  };
  const at = "2026-11-29T12:00:00.000Z";
  return {
    fault,
    seed: 1,
    at,
    seconds: 9,
    commit: "abc",
    source,
    outcome: { ...clean, ...outcome },
  };
}

test("what was done is counted by what it was, this source apart from those before it", () => {
  const table = countsTable(
    [
      run(1, { injected: { "at random": 3, "at store-before-commit": 2, "in mid-start": 1 } }),
      run(1, { injected: { "at random": 1 }, lost: 7 }),
      run(6, { met: { write: [1, 2, 3], "store, sync": [9] } }),
      run(12, { injected: { "leader: kill": 2, "stop, and the gateway killed": 1, freeze: 5 } }),
      run(15, { injected: { "EndTxn response": 4, "EndTxn request": 2 } }),
      run(28, { injected: { hour: 2 } }),
      run(28, { injected: { hour: 3 } }),
    ],
    [run(1, { injected: { "at random": 40 } }, "old")],
  );
  const cells = (what: string): string[] => {
    const line = table.split("\n").find((each) => each.startsWith(`| ${what} |`));
    return (
      line
        ?.split(" | ")
        .slice(3)
        .map((cell) => cell.replace(" |", "")) ?? []
    );
  };
  assert.deepEqual(cells("kill -9"), ["7", "40"]);
  assert.deepEqual(cells("… at a named crash point"), ["2", "0"]);
  assert.deepEqual(cells("I/O errors: N of the writes under a plant"), ["1–3", "–"]);
  assert.deepEqual(cells("… N of the syncs of the store alone"), ["9", "–"]);
  assert.deepEqual(cells("Kafka restarts"), ["3", "0"]);
  assert.deepEqual(cells("lost commit acknowledgements"), ["4", "0"]);
  assert.deepEqual(cells("hours offline in one go"), ["3", "0"]);
  assert.deepEqual(cells("… not as expected"), ["1", "0"]);
  assert.deepEqual(cells("lost"), ["7", "0"]);
});

test("the sources before this one are named by their number and their first run", () => {
  const text = earlierText([run(1, {}, "old"), run(1, {}, "older"), run(1, {}, "old")]);
  assert.match(text, /^Earlier sources: 2, .* 2026-11-29 \(commit abc\)/);
  assert.match(earlierText([]), /no run/);
});
