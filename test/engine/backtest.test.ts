// Rules over a journal that has been, record by record.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";

import { Backtest } from "../../src/engine/backtest.ts";
import { inForceFrom } from "../../src/engine/config-entry.ts";
import { journalHead } from "../../src/engine/journal-rows.ts";
import { newestKnown } from "../../src/engine/journal-in-force.ts";
import { planRules } from "../../src/engine/rule-set.ts";
import { lookAtJournal } from "../../src/store/journal-file.ts";
import { openStore } from "../../src/store/open.ts";
import { storeOptions } from "../store/kit.ts";
import {
  ALARM_RULE,
  FILTER_RULE,
  TUMBLE_RULE,
  Workbench,
  engineConfig,
  outboxOf,
  reading,
} from "./kit.ts";
import type { Life, Rules } from "./kit.ts";
import { counts, Sender } from "./time-kit.ts";

const START_MS = 1_767_225_600_000;

/** What `rule` makes of the journal in this folder. */
function backtest(
  directory: string,
  text: string,
  beginMs = -Infinity,
): Backtest & { rows: string[] } {
  const rows: string[] = [];
  const config = engineConfig(directory, {});
  const run = new Backtest({
    ruleSet: planRules([{ file: "candidate.sql", text }], [], { bare: true }),
    profiles: [],
    settings: inForceFrom(config, new Map()).settings,
    beginMs,
    take: (_, json) => void rows.push(json),
  });
  const store = openStore(storeOptions(directory));
  for (const record of store.readJournal(0)) run.run(record);
  store.close();
  return Object.assign(run, { rows });
}

/** A folder in which these steps have been taken, by an engine that was then stopped. */
function journaled(context: TestContext, rules: Rules, steps: (life: Life) => void): string {
  const bench = new Workbench(context);
  const config = engineConfig(bench.folder(), rules);
  const life = bench.start(config);
  steps(life);
  life.stop();
  return config.directory;
}

/** A reading each second. */
function seconds(from: number, to: number): ReturnType<typeof reading>[] {
  return Array.from({ length: to - from }, (_, i) => {
    return reading("a", { seq: from + i + 1, atMs: (from + i) * 1000, v: 45 + ((from + i) % 11) });
  });
}

describe("a backtest", () => {
  it("gives the rows that the rule in force put out", (context) => {
    let committed: string[] = [];
    const directory = journaled(context, { tumble: TUMBLE_RULE, high: FILTER_RULE }, (life) => {
      for (let second = 0; second < 60; second += 7) life.run(seconds(second, second + 7));
      committed = outboxOf(life.engine).map(({ value }) => value);
    });
    const again = [TUMBLE_RULE, FILTER_RULE].flatMap((rule) => backtest(directory, rule).rows);
    const flinkLike = again.map((row) => row.replace(/T(\S{8})\.000"/, ' $1"'));
    assert.deepEqual(flinkLike.toSorted(), committed.toSorted());
    assert.ok(committed.length > 20);
  });

  it("refuses nothing as too far ahead where the clock was not trusted", (context) => {
    const sender = new Sender();
    const rules = counts();
    const directory = journaled(context, rules, (life) => {
      const { time } = life.engine;
      life.run([sender.at("a", 90_000)], 0);
      time.trust("the clock has leapt back by 3600 s", 1000);
      life.run([sender.at("a", 90_000)], 2000);
      time.trust(undefined, 3000);
      life.run([sender.at("a", 90_000)], 4000);
      time.tick(60_000);
    });
    const { rows, pipelineCounts } = backtest(directory, rules["whole"] as string);
    assert.deepEqual(rows, ['{"n":1}']);
    assert.equal(pipelineCounts.deadLetters.get("event_time"), 2);
  });

  it("lets time pass as it did", (context) => {
    const sender = new Sender();
    const rules = counts();
    let committed: string[] = [];
    const directory = journaled(context, rules, (life) => {
      life.run([sender.at("a", 1), sender.at("b", 2)], 0);
      life.run([sender.at("a", 13)], 9000);
      life.engine.time.tick(40_000);
      committed = outboxOf(life.engine).flatMap(({ rule, value }) =>
        rule === "each" ? [value] : [],
      );
    });
    assert.equal(committed.length, 3);
    assert.deepEqual(backtest(directory, rules["each"] ?? "").rows, committed);
  });

  it("runs alarms, and prints their events", (context) => {
    const directory = journaled(context, {}, (life) => {
      const at = (second: number, v: number) =>
        reading("a", { seq: second, atMs: second * 1000, v });
      life.run([at(1, 90), at(2, 90), at(4, 90), at(20, 10), at(40, 10)]);
    });
    const states = backtest(directory, ALARM_RULE).rows.map(
      (row) => (JSON.parse(row) as { state: string }).state,
    );
    assert.deepEqual(states, ["raised", "returned"]);
  });

  it("leaves out the rows of windows that began before it, and says how many", (context) => {
    const directory = journaled(context, {}, (life) => void life.run(seconds(0, 60)));
    const begun = backtest(directory, TUMBLE_RULE, START_MS + 15_000);
    assert.equal(begun.counts.incomplete, 2);
    assert.match(begun.rows[0] ?? "", /00:00:20/);
    assert.equal(begun.counts.rows, begun.rows.length);
    const rowByRow = backtest(directory, FILTER_RULE, START_MS + 15_000);
    assert.equal(rowByRow.counts.incomplete, 0);
  });

  it("goes on past what is missing, and counts it", (context) => {
    const directory = journaled(context, {}, (life) => {
      life.run(seconds(0, 10));
      life.run(seconds(10, 30));
    });
    const run = backtest(directory, FILTER_RULE);
    run.run({ readable: false, sequence: 99, entries: 3 });
    assert.equal(run.counts.missing, 3);
    assert.equal(run.counts.messages, 30);
  });
});

describe("the journal's head", () => {
  it("finds where a time begins, and the configuration in force", (context) => {
    const directory = journaled(context, { tumble: TUMBLE_RULE }, (life) => {
      for (let second = 0; second < 20; second++) life.run(seconds(second, second + 1));
    });
    lookAtJournal(directory, (look) => {
      const known = newestKnown(look);
      const whole = journalHead(look.reader, 0, known);
      assert.equal(whole?.fromSequence, 1);
      assert.equal(whole?.lastSequence, 22);
      const middle = look.reader.from(10);
      assert.equal(journalHead(look.reader, middle?.timeMs ?? 0, known)?.fromSequence, 10);
      assert.equal(journalHead(look.reader, Infinity, known), undefined);
      assert.ok(known.inForce !== undefined);
    });
  });
});
