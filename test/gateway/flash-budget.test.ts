// The linger that keeps the flash budget.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { BATCH_LINGER_MAX_MS, BATCH_LINGER_MS } from "../../src/core/limits.ts";
import { FlashBudget } from "../../src/gateway/flash-budget.ts";

const GB = 1e9;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

interface Set {
  readonly budget: FlashBudget;
  readonly lingers: number[];
  readonly warnings: string[];
  /** Minutes with so much written, a look at the end of each. */
  write(bytesPerDay: number, minutes: number): void;
  /** The core worker counts from zero again. */
  restart(): void;
}

function setUp(options: { lingerMs?: number; budget?: number }): Set {
  const lingers: number[] = [];
  const warnings: string[] = [];
  let nowMs = 0;
  let bytes = 0;
  const store = { flashBudgetBytesPerDay: options.budget };
  const budget = new FlashBudget({
    config: {
      batch: { lingerMs: options.lingerMs, messages: 4096, bytes: 1 },
      store: { ...store, quotaBytes: 0, lanes: {} as never, journal: { quotaBytes: 0, ageMs: 0 } },
    },
    clock: { wallMs: () => nowMs, monotonicMs: () => nowMs },
    setLinger: (lingerMs) => void lingers.push(lingerMs),
    warn: (message) => void warnings.push(message),
  });
  return {
    budget,
    lingers,
    warnings,
    write(bytesPerDay, minutes) {
      for (let minute = 0; minute < minutes; minute++) {
        nowMs += MINUTE_MS;
        bytes += (bytesPerDay * MINUTE_MS) / DAY_MS;
        budget.observe(bytes);
      }
    },
    restart() {
      bytes = 0;
    },
  };
}

describe("the flash budget", () => {
  it("lengthens the linger while too much is written, and shortens it again", () => {
    const { budget, lingers, write } = setUp({ budget: 10 * GB });
    write(12 * GB, 10);
    assert.ok(budget.lingerMs > BATCH_LINGER_MS);
    assert.ok(lingers.every((linger) => linger <= BATCH_LINGER_MAX_MS));
    write(GB, 200);
    assert.equal(budget.lingerMs, BATCH_LINGER_MS);
    assert.equal(budget.overBudget, false);
  });

  it("says so, once, when the longest linger does not help", () => {
    const { budget, warnings, write } = setUp({ budget: 10 * GB });
    write(50 * GB, 120);
    assert.equal(budget.lingerMs, BATCH_LINGER_MAX_MS);
    assert.equal(budget.overBudget, true);
    assert.equal(warnings.length, 1);
  });

  it("obeys a linger that is fixed", () => {
    const { budget, lingers, warnings, write } = setUp({ budget: 10 * GB, lingerMs: 100 });
    write(50 * GB, 10);
    assert.equal(budget.lingerMs, 100);
    assert.deepEqual(lingers, []);
    assert.equal(warnings.length, 1);
  });

  it("counts on when the core worker begins at zero again", () => {
    const { budget, write, restart } = setUp({ budget: 10 * GB });
    write(50 * GB, 30);
    const before = budget.lingerMs;
    restart();
    write(50 * GB, 3);
    assert.ok(budget.lingerMs >= before);
  });

  it("does nothing without a budget", () => {
    const { budget, lingers, write } = setUp({});
    write(500 * GB, 30);
    assert.deepEqual([budget.lingerMs, lingers], [BATCH_LINGER_MS, []]);
  });
});
