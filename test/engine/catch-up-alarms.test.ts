// Alarm rules that fail, are repaired and catch up: beside a twin that never fails, every event is there and none twice.

import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";

import { Alarm } from "../../src/alarms/alarm.ts";
import type { AlarmDefinition } from "../../src/alarms/sink.ts";
import type { SqlValue } from "../../src/core/types.ts";
import { ALARM_RULE, engineConfig, type Life, reading, valuesOf, Workbench } from "./kit.ts";

/** That fails. */
const BROKEN = ALARM_RULE.replace("'high'", "'low'");
const REPAIRED = BROKEN.replace("FROM readings", "FROM readings WHERE v < 1000");
/** What this one remembers is another thing. */
const OTHER = BROKEN.replace("`value` DOUBLE)", "`value` DOUBLE, seq BIGINT)").replace(
  "event_time, v FROM",
  "event_time, v, seq FROM",
);

class AlarmPlant {
  life: Life;
  /** Values that it fails at. */
  failsAt: number | undefined;
  readonly #bench: Workbench;
  readonly #directory: string;
  #text = BROKEN;
  #seconds = 0;

  constructor(context: TestContext) {
    const row = Alarm.prototype.row;
    const fails = (
      { severity, condition }: AlarmDefinition,
      values: readonly SqlValue[],
    ): boolean => severity === "low" && values[condition.column] === this.failsAt;
    context.mock.method(
      Alarm.prototype,
      "row",
      function (this: Alarm, values: Parameters<typeof row>[0]) {
        if (fails(this.definition, values)) throw new Error("a bug");
        return row.call(this, values);
      },
    );
    this.#bench = new Workbench(context);
    this.#directory = this.#bench.folder();
    this.life = this.#bench.start(this.#config);
  }

  /** Readings, a second apart. */
  send(...values: readonly number[]): void {
    for (const v of values) {
      const seq = ++this.#seconds;
      this.life.run([reading("a", { seq, atMs: seq * 1000, v })]);
    }
  }

  kill(): void {
    this.life = this.#bench.restart(this.life, this.#config);
    assert.equal(this.life.engine.state.digestMismatches, 0);
  }

  repair(text: string): void {
    this.failsAt = undefined;
    this.#text = text;
    this.kill();
  }

  catchUp(): void {
    const { engine } = this.life;
    while (engine.suspensions.isBehind) engine.catchUp();
  }

  events(rule: string): readonly string[] {
    return valuesOf(this.life.engine, rule).map(
      ({ state, event_time: at, occurrence }) =>
        `${String(state)} ${String(at)} ${String(occurrence)}`,
    );
  }

  get #config(): ReturnType<typeof engineConfig> {
    return engineConfig(this.#directory, { broken: this.#text, fine: ALARM_RULE });
  }
}

const RAISES = [85, 85, 85, 85];
const RETURNS = [60, 60, 60];
/** Passes the watermark over what was sent before. */
const PASSES = [75, 75, 75, 75, 75, 75, 75];

describe("an alarm rule that was suspended while raised", () => {
  it("tells of every event once, in its own time", (context) => {
    const plant = new AlarmPlant(context);
    plant.send(...RAISES, ...PASSES);
    assert.equal(plant.events("broken").length, 1);
    plant.failsAt = 60;
    plant.send(...RETURNS, ...RAISES, ...RETURNS, ...RAISES);
    plant.kill();
    plant.send(...PASSES);
    assert.equal(plant.events("fine").length, 5);
    assert.equal(plant.events("broken").length, 1);
    plant.repair(REPAIRED);
    plant.life.engine.catchUp();
    plant.kill();
    plant.catchUp();
    assert.deepEqual(plant.events("broken"), plant.events("fine"));
    plant.send(...RETURNS, ...PASSES);
    plant.kill();
    assert.equal(plant.events("fine").length, 6);
    assert.deepEqual(plant.events("broken"), plant.events("fine"));
  });

  it("begins as normal where its state is of no use, and takes no number twice", (context) => {
    const plant = new AlarmPlant(context);
    plant.send(...RAISES, ...PASSES);
    plant.failsAt = 60;
    plant.send(...RETURNS, ...RAISES, ...PASSES);
    plant.repair(OTHER);
    plant.catchUp();
    plant.send(...RETURNS, ...RAISES, ...PASSES);
    const states = (rule: string): string[] =>
      plant.events(rule).map((text) => text.slice(0, text.lastIndexOf(" ")));
    const [raised, returned, ...others] = states("fine");
    assert.match(`${raised} ${returned}`, /^raised .* returned .*$/);
    assert.equal(others.length, 3);
    // That the condition of the first ended while it was suspended, it cannot know.
    assert.deepEqual(states("broken"), [raised, ...others]);
    const numbers = valuesOf(plant.life.engine, "broken").map(({ occurrence }) =>
      Number(occurrence),
    );
    const [first = 0, second = 0, third = 0, fourth = 0] = numbers;
    assert.ok(first < second && second === third && third < fourth, numbers.join());
  });
});
