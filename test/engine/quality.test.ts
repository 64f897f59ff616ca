// The quality of a device profile's rows in the engine: rules read it, it is counted, and no restart changes it.

import assert from "node:assert/strict";
import { it } from "node:test";

import { parseProfile } from "../../src/config/profile-load.ts";
import { engineStatus } from "../../src/engine/status.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { profileText } from "../config/profile-text.ts";
import { RECEIVE_TIME_MS } from "../decode/batch.ts";
import type { TestMessage } from "../decode/batch.ts";
import { engineConfig, kafkaSink, valuesOf, Workbench } from "./kit.ts";

const PROFILE = parseProfile(
  profileText({
    gateway:
      "  time: {pointer: /ts, maxFuture: 1h, whenAhead: clamp}\n  quality: {stuckFor: 60s}\n",
  }),
  "press.yaml",
);
const RULES = {
  doubtful:
    kafkaSink("doubtful", "t DOUBLE, quality STRING, why STRING, clock STRING") +
    `INSERT INTO doubtful SELECT t, quality, quality_reasons['t'], quality_reasons['event_time']
     FROM \`press-12\` WHERE quality <> 'good';`,
};

function at(seconds: number, t: number): TestMessage {
  const payload = JSON.stringify({ ts: RECEIVE_TIME_MS + seconds * 1000, t });
  return { topic: "plant/l1/d1", payload };
}

/** Values counted as not simply good, by reason. */
function counted(engine: Engine): Record<string, number> {
  const samples = engineStatus(engine, undefined).metrics.filter(
    ({ name, value }) => name === "headrace_quality_total" && value > 0,
  );
  return Object.fromEntries(samples.map(({ labels, value }) => [labels["reason"], value]));
}

it("quality is a column of rules and a metric, the same after a kill and after an orderly stop", (context) => {
  const bench = new Workbench(context);
  for (const isKilled of [true, false]) {
    const config = engineConfig(bench.folder(), RULES, { profiles: [PROFILE] });
    const first = bench.start(config);
    first.run([at(-90, 20), at(-60, 20)]);
    if (!isKilled) first.stop();
    const second = isKilled ? bench.restart(first, config) : bench.start(config);
    assert.equal(second.engine.state.digestMismatches, 0);
    second.run([at(-30, 20), at(7200, 21)]);
    const third = bench.restart(second, config);
    assert.equal(third.engine.state.digestMismatches, 0);
    assert.deepEqual(valuesOf(third.engine, "doubtful"), [
      { t: 20, quality: "uncertain", why: "stuck", clock: null },
      { t: 21, quality: "uncertain", why: null, clock: "ahead" },
    ]);
    assert.deepEqual(counted(third.engine), { stuck: 1, ahead: 1 });
  }
});
