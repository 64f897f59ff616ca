// A rule with a bug that shows when time passes, not when a row comes. The points that make it throw are read once per
// process, so everything here is imported after they are armed.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

process.env["HEADRACE_FAULT_POINT"] = "rule-throws(broken):1";
const { TUMBLE_RULE, Workbench, engineConfig, gatewayAlarms, journalOf, reading, valuesOf } =
  await import("./kit.ts");

describe("a rule that throws as time passes", () => {
  it("is suspended alone, and what the others let out is not lost", (context) => {
    const bench = new Workbench(context);
    const rule = TUMBLE_RULE.replace("'format'", "'watermark.idle-timeout' = '10 s', 'format'");
    const config = engineConfig(bench.folder(), { broken: rule, fine: rule });
    const first = bench.start(config);
    first.run([reading("a", { seq: 1, atMs: 0, v: 1 })], 0);
    first.engine.time.tick(60_000);
    assert.deepEqual(valuesOf(first.engine, "broken"), []);
    assert.deepEqual(
      valuesOf(first.engine, "fine").map(({ n }) => n),
      [1],
    );
    assert.deepEqual(gatewayAlarms(first.engine), [
      "rule_suspended raised: broken: injected fault",
    ]);

    const second = bench.restart(first, config);
    assert.equal(second.engine.state.digestMismatches, 0);
    second.run([reading("a", { seq: 2, atMs: 20_000, v: 1 })]);
    second.engine.time.tick(120_000);
    assert.deepEqual(
      valuesOf(second.engine, "fine").map(({ n }) => n),
      [1, 1],
    );
    second.stop();
    assert.deepEqual(
      journalOf(config.directory).map(({ kind }) => kind),
      ["config", "boot", "messages", "config", "clock", "boot", "messages", "clock"],
    );
  });
});
