import assert from "node:assert/strict";
import { test } from "node:test";

import type { ActualRow } from "../../firmware-sim/checker/check.ts";
import type { ExpectedRow } from "../../firmware-sim/checker/scenario.ts";
import { judgeDamagedWindows } from "./damaged-windows.ts";

function expected(device: string, n: number): ExpectedRow {
  return {
    topic: "w",
    rule: "w",
    key: device,
    identifiedBy: ["device"],
    id: JSON.stringify([device]),
    fields: { device, n },
    sequence: device,
    position: 1,
  };
}

function actual(device: string, n: number): ActualRow {
  return { topic: "w", key: device, value: JSON.stringify({ device, n }), headers: {} };
}

/** "hit" has facts that the damage may have hit, "safe" has none. */
async function verdict(...rows: readonly ActualRow[]): Promise<object> {
  const { lost, duplicated, wrong, compared } = await judgeDamagedWindows({
    rows,
    expected: [expected("hit", 5), expected("safe", 5)],
    withoutShaken: [expected("hit", 2), expected("safe", 5)],
  });
  assert.equal(compared, 1);
  return { lost, duplicated, wrong };
}

const GOOD = { lost: 0, duplicated: 0, wrong: 0 };

test("a window that may be hit can be less or missing, nothing else", async () => {
  const safe = actual("safe", 5);
  assert.deepEqual(await verdict(safe), GOOD);
  assert.deepEqual(await verdict(safe, actual("hit", 3)), GOOD);
  assert.deepEqual(await verdict(safe, actual("hit", 6)), { ...GOOD, wrong: 1 });
  const twice = [actual("hit", 3), actual("hit", 2)];
  assert.deepEqual(await verdict(safe, ...twice), { ...GOOD, duplicated: 1 });
});

test("a window that the damage cannot have hit must be as it is", async () => {
  assert.deepEqual(await verdict(), { ...GOOD, lost: 1 });
  assert.deepEqual(await verdict(actual("safe", 4)), { ...GOOD, wrong: 1 });
  assert.deepEqual(await verdict(actual("safe", 5), actual("nobody", 1)), { ...GOOD, wrong: 1 });
});
