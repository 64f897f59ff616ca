// What the engine does while the wall clock is not trusted: nothing is too far ahead of a receive time, rows that take
// it say so, and a replay sees all of it again.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { EngineConfig } from "../../src/engine/config.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { engineConfig, gatewayAlarms, journalOf, kafkaSink, valuesOf, Workbench } from "./kit.ts";
import type { Life, Rules } from "./kit.ts";
import { Sender, TOPICS } from "./time-kit.ts";

const PROBLEM = "the clock says 1970-01-01: it has not been set";
const DAY_S = 86_400;

/** Copies rows that are not too far ahead, each with what is said of its receive time. */
const RULES: Rules = {
  copies: `
CREATE TABLE readings (
  device STRING, seq BIGINT, ts BIGINT, v DOUBLE,
  is_sure BOOLEAN METADATA FROM 'clock_trusted',
  event_time AS TO_TIMESTAMP_LTZ(ts, 3),
  WATERMARK FOR event_time AS event_time - INTERVAL '5' SECOND
) WITH ('connector' = 'mqtt', 'topic' = 'readings/+', 'format' = 'json',
        'watermark.per' = 'device', 'watermark.idle-timeout' = '10 s', 'watermark.max-future' = '1 h');
${kafkaSink("copies", "seq BIGINT, is_sure BOOLEAN")}
INSERT INTO copies SELECT seq, is_sure FROM readings;`,
};

const sender = new Sender();

/** Of the rows so far: "+" where the clock was trusted, else "-". */
function marks(engine: Engine): string {
  return valuesOf(engine, "copies")
    .map(({ is_sure: isSure }) => (isSure === true ? "+" : "-"))
    .join("");
}

function refused(engine: Engine): number {
  return engine.state.pipeline.counts.deadLetters.get("event_time") ?? 0;
}

/** A message that is a day ahead of its receive time, and one that is not. */
function two(life: Life): void {
  life.run([sender.at("a", DAY_S), sender.at("b", 1)]);
}

describe("a clock that is not trusted", () => {
  it("refuses nothing as too far ahead, and marks rows", (context) => {
    const bench = new Workbench(context);
    const life = bench.start(engineConfig(bench.folder(), RULES, TOPICS));
    const { engine } = life;
    two(life);
    assert.deepEqual([marks(engine), refused(engine)], ["+", 1]);
    engine.time.trust(PROBLEM, 1000);
    two(life);
    assert.deepEqual([marks(engine), refused(engine)], ["+--", 1]);
    engine.time.trust(undefined, 2000);
    two(life);
    assert.deepEqual([marks(engine), refused(engine)], ["+--+", 2]);
  });

  it("is an alarm and a journal entry, each time that it changes", (context) => {
    const bench = new Workbench(context);
    const config = engineConfig(bench.folder(), RULES, TOPICS);
    const life = bench.start(config);
    const { time } = life.engine;
    time.trust(undefined, 10);
    time.trust(PROBLEM, 20);
    time.trust("the clock has leapt forward by 86400 s", 30);
    time.trust(undefined, 40);
    assert.deepEqual(gatewayAlarms(life.engine), [
      `clock_untrusted raised: ${PROBLEM}`,
      "clock_untrusted returned: null",
    ]);
    life.stop();
    const entries = journalOf(config.directory).filter(({ kind }) => kind === "clock");
    assert.deepEqual(
      entries.map(({ data, engineTimeMs }) => [Buffer.from(data).toString(), engineTimeMs]),
      [
        ['{"trusted":false}', 20],
        ['{"trusted":true}', 40],
      ],
    );
  });

  it("lets no time pass: nobody falls silent by it", (context) => {
    const bench = new Workbench(context);
    const { engine } = bench.start(engineConfig(bench.folder(), RULES, TOPICS));
    const before = engine.time.nextDeadlineMs;
    engine.time.trust(PROBLEM, 1000);
    assert.equal(engine.time.nextDeadlineMs, before);
  });

  it("is remembered over a kill and an orderly stop, and replayed alike", (context) => {
    const bench = new Workbench(context);
    for (const isKilled of [true, false]) {
      const config: EngineConfig = engineConfig(bench.folder(), RULES, TOPICS);
      const first = bench.start(config);
      two(first);
      first.engine.time.trust(PROBLEM, 1000);
      two(first);
      if (!isKilled) first.stop();
      const second = isKilled ? bench.restart(first, config) : bench.start(config);
      assert.equal(second.engine.state.digestMismatches, 0);
      two(second);
      second.engine.time.trust(undefined, 2000);
      const third = bench.restart(second, config);
      assert.equal(third.engine.state.digestMismatches, 0);
      two(third);
      assert.equal(marks(third.engine), "+----+");
    }
  });
});
