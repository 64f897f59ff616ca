// What progress records say of rows that were passed over.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { PASSED_OVER_RUNS } from "../../src/core/limits.ts";
import { type PassedOverRow, PassedOverRows } from "../../src/uplink/passed-over.ts";
import { Progress } from "../../src/uplink/progress.ts";

const OLD = { lane: "result", incarnation: "a".repeat(16) } as const;
const NEW = { lane: "result", incarnation: "b".repeat(16) } as const;
const TOLD = { incarnation: NEW.incarnation, sequence: 20 };

function rows(of: typeof OLD | typeof NEW, ...sequences: readonly number[]): PassedOverRow[] {
  return sequences.map((sequence) => ({ ...of, sequence }));
}

describe("rows that are passed over", () => {
  it("are named by the record of their incarnation, in runs", () => {
    const passedOver = new PassedOverRows(new Progress());
    passedOver.note([...rows(OLD, 2, 3, 4, 7), ...rows(NEW, 11)], TOLD);
    assert.deepEqual(passedOver.of(OLD), {
      runs: [
        [2, 4],
        [7, 7],
      ],
      told: TOLD,
    });
    assert.deepEqual(passedOver.of(NEW), { runs: [[11, 11]], told: TOLD });
    assert.equal(passedOver.of({ ...OLD, lane: "raw" }), undefined);
  });

  it("are named until what is told of them has left, also across sessions", () => {
    const first = new PassedOverRows(new Progress());
    first.note(rows(OLD, 2), TOLD);
    const progress = new Progress();
    const rest = { frontiers: {}, alarms: {}, offset: 1 };
    const owner = { hwSerial: "", dataDirId: "", bootId: "", time: 0 };
    progress.set({ ...OLD, lastSeq: 8, passedOver: first.of(OLD), owner, ...rest });
    const next = new PassedOverRows(progress);
    assert.deepEqual(next.of(OLD)?.runs, [[2, 2]]);
    next.reach([{ ...NEW, lastSequence: 19 }]);
    assert.deepEqual(next.of(OLD)?.runs, [[2, 2]]);
    next.reach([{ ...NEW, lastSequence: 20 }]);
    assert.equal(next.of(OLD), undefined);
  });

  it("are bounded: of very many runs the first are joined", () => {
    const passedOver = new PassedOverRows(new Progress());
    const even = Array.from({ length: PASSED_OVER_RUNS + 1 }, (_, i) => 2 * i + 2);
    passedOver.note(rows(OLD, ...even), { ...TOLD, sequence: 2000 });
    const { runs } = passedOver.of(OLD)!;
    assert.equal(runs.length, PASSED_OVER_RUNS);
    assert.deepEqual(runs.slice(0, 2), [
      [2, 4],
      [6, 6],
    ]);
  });
});
