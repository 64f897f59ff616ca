// A rule with a bug must neither stop the gateway nor cost another rule a row. The points that make it throw are read
// once per process, so everything here is imported after they are armed.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

process.env["HEADRACE_FAULT_POINT"] = "rule-throws(broken):3";
const kit = await import("./kit.ts");
const { engineStatus } = await import("../../src/engine/status.ts");
const { FILTER_RULE, TUMBLE_RULE, engineConfig, gatewayAlarms, reading, valuesOf } = kit;

describe("a rule that throws", () => {
  it("is suspended alone until its text changes, and then goes on where it failed", (context) => {
    const bench = new kit.Workbench(context);
    const directory = bench.folder();
    const rules = { broken: FILTER_RULE, fine: FILTER_RULE, tumble: TUMBLE_RULE };
    const config = engineConfig(directory, rules);
    const first = bench.start(config);
    first.run([reading("a", { seq: 1, atMs: 0, v: 51 })]);
    // The second row of this batch is the third that reaches the sink of `broken`.
    const batch = [52, 53, 54].map((v, i) => reading("a", { seq: i + 2, atMs: i + 1, v }));
    first.run(batch);
    const seen = (rule: string, life = first): unknown[] =>
      valuesOf(life.engine, rule).map(({ v }) => v);
    assert.deepEqual(seen("broken"), [51], "nothing of the batch it failed in");
    assert.deepEqual(seen("fine"), [51, 52, 53, 54], "nothing lost, nothing twice");
    assert.deepEqual(gatewayAlarms(first.engine), [
      "rule_suspended raised: broken: injected fault",
    ]);
    const status = engineStatus(first.engine, undefined);
    assert.equal(status.rules.find(({ name }) => name === "broken")?.suspended, "injected fault");
    const metric = status.metrics.find(({ name }) => name === "headrace_suspended_rules");
    assert.equal(metric?.value, 1);

    // Killed: the journal says that it is suspended.
    const second = bench.restart(first, config);
    assert.equal(second.engine.state.digestMismatches, 0);
    second.run([
      reading("a", { seq: 5, atMs: 4, v: 55 }),
      reading("a", { seq: 6, atMs: 30_000, v: 0 }),
    ]);
    assert.deepEqual(seen("broken", second), [51]);
    assert.deepEqual(seen("fine", second), [51, 52, 53, 54, 55]);
    assert.equal(valuesOf(second.engine, "tumble")[0]?.["n"], 5);
    assert.equal(gatewayAlarms(second.engine).length, 1, "raised once");
    second.stop();

    const repaired = { ...rules, broken: FILTER_RULE.replace("v > 50", "v > 40") };
    const third = bench.start(engineConfig(directory, repaired));
    third.run([reading("a", { seq: 7, atMs: 31_000, v: 56 })]);
    assert.deepEqual(seen("broken", third), [51]);
    third.engine.catchUp();
    assert.deepEqual(seen("broken", third), [51, 52, 53, 54, 55, 56]);
    assert.equal(third.engine.state.inForce.suspended.size, 0);
    assert.equal(gatewayAlarms(third.engine).at(-1), "rule_suspended returned: null");
  });
});
