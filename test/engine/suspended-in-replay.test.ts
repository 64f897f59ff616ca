// A rule may fail in replay that did not fail before, after an upgrade for instance. See suspended.test.ts for the way
// of arming.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

process.env["HEADRACE_FAULT_POINT"] = "rule-throws(broken):4";
const kit = await import("./kit.ts");
const { FILTER_RULE, engineConfig, gatewayAlarms, reading, valuesOf } = kit;

describe("a rule that throws in replay", () => {
  it("is left out from that entry on, and every other rule recovers", (context) => {
    const bench = new kit.Workbench(context);
    const config = engineConfig(bench.folder(), { broken: FILTER_RULE, fine: FILTER_RULE });
    const first = bench.start(config);
    for (let seq = 1; seq <= 3; seq++) first.run([reading("a", { seq, atMs: seq, v: 50 + seq })]);
    // Its fourth pass is the first replayed row.
    const second = bench.restart(first, config);
    assert.equal(second.engine.state.digestMismatches, 0);
    assert.deepEqual([...second.engine.state.inForce.suspended.keys()], ["broken"]);
    assert.deepEqual(gatewayAlarms(second.engine), [
      "rule_suspended raised: broken: injected fault",
    ]);
    second.run([reading("a", { seq: 4, atMs: 4, v: 54 })]);
    const third = bench.restart(second, config);
    const seen = (rule: string): unknown[] => valuesOf(third.engine, rule).map(({ v }) => v);
    assert.deepEqual(seen("broken"), [51, 52, 53]);
    assert.deepEqual(seen("fine"), [51, 52, 53, 54]);
    assert.equal(third.engine.state.digestMismatches, 0);
  });
});
