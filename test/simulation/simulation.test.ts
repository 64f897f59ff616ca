// A sample of simulated histories, and the proof that the simulation can fail: every planted defect is found.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { DEFECTS, type Defect } from "./defect.ts";
import { isClean, live } from "./history.ts";
import { drawScript } from "./script.ts";

/** Seeds within which a planted defect must be found. */
const WITHIN = 60;
/** Windows of them close. */
const READINGS = [0, 11_000, 11_000].map((stepMs) => ({ stepMs, backMs: 0, v: 60 }));
/** CI lives through 1,000 more: `npm run simulate`. */
const SAMPLE = 20;

describe("a simulated history", () => {
  it("loses nothing, doubles nothing and computes every row", async () => {
    for (let seed = 1; seed <= SAMPLE; seed++) {
      const { log: _, ...history } = await live(seed);
      assert.ok(isClean(history), `npm run simulate -- --seed ${seed}: ${history.problems.join()}`);
    }
  });

  it("is the same every time", async () => {
    for (const seed of [3, 4]) assert.deepEqual(await live(seed), await live(seed));
  });

  it("skips a message that kills the process, at the third start, and nothing else", async () => {
    const { log, ...history } = await live(1, [
      { do: "publish", device: "a", readings: READINGS, thenMs: 0 },
      { do: "poison", device: "a", thenMs: 0 },
      { do: "publish", device: "b", readings: READINGS, thenMs: 20_000 },
    ]);
    assert.ok(isClean(history), history.problems.join());
    assert.equal(history.killed, 2);
    assert.equal(log.filter((line) => line.includes("kills the process and is skipped")).length, 1);
  });

  it("suspends a rule again that kills the process while it catches up", async () => {
    const { log, ...history } = await live(1, [
      { do: "break", rule: "tumble", how: "kills", thenMs: 0 },
      { do: "publish", device: "a", readings: READINGS, thenMs: 2000 },
      { do: "repair", thenMs: 0 },
      { do: "stop", downMs: 1, thenMs: 20_000 },
      { do: "publish", device: "a", readings: READINGS, thenMs: 20_000 },
    ]);
    assert.ok(isClean(history), history.problems.join());
    assert.equal(history.killed, 2);
    assert.equal(log.filter((line) => line.includes("it kills the process, at")).length, 1);
  });
});

describe("the simulation", () => {
  for (const [defect, what] of Object.entries(DEFECTS)) {
    it(`finds out when ${what}`, async () => {
      for (let seed = 1; seed <= WITHIN; seed++) {
        if (!(await isSound(seed, defect as Defect))) return;
      }
      assert.fail(`not found in ${WITHIN} histories`);
    });
  }
});

async function isSound(seed: number, defect: Defect): Promise<boolean> {
  return await live(seed, drawScript(seed), defect).then(isClean, () => false);
}
