// The progress line of a long run.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { Progress } from "../../src/cli/progress.ts";

describe("the progress of a run", () => {
  function started(isTTY: boolean): { written: string[]; at(ms: number): void; line: Progress } {
    const written: string[] = [];
    let now = 5000;
    const stream = { isTTY, write: (text: string) => void written.push(text) };
    const line = new Progress({ stream, nowMs: () => now });
    return { written, line, at: (ms) => void (now = 5000 + ms) };
  }

  it("is shown on a terminal after a second, and then four times a second", () => {
    const { written, line, at } = started(true);
    at(999);
    line.update(1, { bytes: 1, of: 100 });
    assert.deepEqual(written, []);
    at(1000);
    line.update(500_000, { bytes: 25, of: 100 });
    at(1249);
    line.update(600_000, { bytes: 30, of: 100 });
    at(2000);
    line.update(1_500_000, { bytes: 60, of: 0 });
    assert.deepEqual(written, [
      "25 %, 500,000 events, 500,000 a second, 3 s left",
      "\r\u001b[K",
      "1,500,000 events, 750,000 a second",
    ]);
    line.clear();
    line.clear();
    assert.equal(written.length, 4);
  });

  it("is not shown in a file", () => {
    const { written, line, at } = started(false);
    at(10_000);
    line.update(1, { bytes: 1, of: 1 });
    line.clear();
    assert.deepEqual(written, []);
  });
});
