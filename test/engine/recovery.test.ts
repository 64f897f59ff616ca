// What is on the card is enough: an engine that was killed goes on as if it had not been.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import { OutboxRows } from "../../src/core/outbox-rows.ts";
import type { TestMessage } from "../decode/batch.ts";
import { alter } from "../store/kit.ts";
import {
  ALARM_RULE,
  engineConfig,
  FILTER_RULE,
  gatewayAlarms,
  journalOf,
  kafkaSink,
  outboxOf,
  reading,
  TUMBLE_RULE,
  valuesOf,
  Workbench,
} from "./kit.ts";
import type { Rules } from "./kit.ts";
import { forgeDigest } from "./forge.ts";

const RULES: Rules = { tumble: TUMBLE_RULE, filter: FILTER_RULE, hot: ALARM_RULE };

/** A few devices whose time goes on unevenly, with re-sends, late rows and what is no JSON. */
const messages = fc
  .array(
    fc.record({
      device: fc.constantFrom("a", "b", "c"),
      stepMs: fc.constantFrom(0, 700, 2_000, 4_500, 20_000),
      backMs: fc.constantFrom(0, 0, 0, 3_000, 9_000, 60_000),
      v: fc.constantFrom(10, 60, 75, 85, 90),
      kind: fc.constantFrom("new", "new", "new", "new", "again", "broken"),
    }),
    { minLength: 20, maxLength: 120 },
  )
  .map((steps) => {
    const sent: TestMessage[] = [];
    let atMs = 0;
    for (const [seq, { device, stepMs, backMs, v, kind }] of steps.entries()) {
      atMs += stepMs;
      const before = sent.at(-1);
      if (kind === "again" && before !== undefined) sent.push({ ...before, dup: true });
      else if (kind === "broken") sent.push({ topic: `readings/${device}`, payload: "{" });
      else sent.push(reading(device, { seq: seq + 1, atMs: atMs - backMs, v }));
    }
    return sent;
  });

function batchesOf(all: readonly TestMessage[], size: number): TestMessage[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) =>
    all.slice(i * size, (i + 1) * size),
  );
}

describe("recovery", () => {
  it("gives the same rows whether or not the engine was killed in between", (context) => {
    const bench = new Workbench(context);
    fc.assert(
      fc.property(
        messages,
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 4 }),
        (all, batchSize, every) => {
          const batches = batchesOf(all, batchSize);
          const changes = {
            topics: { alarm: "alarms", deadLetter: "dead", late: "late", rollback: undefined },
          };
          const straight = bench.start(engineConfig(bench.folder(), RULES, changes));
          for (const batch of batches) straight.run(batch);

          const config = engineConfig(bench.folder(), RULES, changes);
          let life = bench.start(config);
          for (const [index, batch] of batches.entries()) {
            life.run(batch);
            if ((index + 1) % every !== 0) continue;
            life = bench.restart(life, config);
            assert.equal(life.engine.state.digestMismatches, 0);
            assert.equal(life.engine.state.changed, false);
          }
          assert.deepEqual(outboxOf(life.engine), outboxOf(straight.engine));
          life.drop();
          straight.drop();
        },
      ),
      { numRuns: 12 },
    );
  });

  it("tells of an alarm once, wherever it was killed", (context) => {
    const bench = new Workbench(context);
    const config = engineConfig(bench.folder(), { hot: ALARM_RULE });
    let life = bench.start(config);
    for (const [seq, v] of [60, 85, 90, 85, 60, 60, 60].entries()) {
      life.run([reading("a", { seq, atMs: seq * 3_000, v })]);
      life = bench.restart(life, config);
    }
    const events = valuesOf(life.engine, "hot").map(
      ({ alarm_id: id, state, event_time: time }) =>
        `${String(id)} ${String(state)} ${String(time)}`,
    );
    assert.deepEqual(events, [
      "hot/a/1 raised 2026-01-01 00:00:05Z",
      "hot/a/1 returned 2026-01-01 00:00:12Z",
    ]);
  });

  it("replays nothing after a clean stop, and leaves the windows open", (context) => {
    const bench = new Workbench(context);
    const config = engineConfig(bench.folder(), RULES);
    const first = bench.start(config);
    first.run([reading("a", { seq: 1, atMs: 1_000, v: 1 })]);
    first.stop();
    const second = bench.start(config);
    assert.equal(second.engine.state.replayed, 0);
    assert.deepEqual(valuesOf(second.engine, "tumble"), []);
    second.run([
      reading("a", { seq: 2, atMs: 2_000, v: 2 }),
      reading("a", { seq: 3, atMs: 30_000, v: 0 }),
    ]);
    const [window] = valuesOf(second.engine, "tumble");
    assert.deepEqual(window, {
      device: "a",
      window_start: "2026-01-01 00:00:00",
      n: 2,
      total: 3,
      most: 2,
    });
  });

  it("journals what is in force once, and every start", (context) => {
    const bench = new Workbench(context);
    const config = engineConfig(bench.folder(), RULES);
    for (let start = 0; start < 3; start++) bench.start(config).stop();
    const kinds = journalOf(config.directory).map(({ kind }) => kind);
    assert.deepEqual(kinds, ["config", "boot", "boot", "boot"]);
  });

  it("reports rows that replay makes differently, and stays with what was committed", (context) => {
    const bench = new Workbench(context);
    const config = engineConfig(bench.folder(), { filter: FILTER_RULE });
    const first = bench.start(config);
    first.run([reading("a", { seq: 1, atMs: 0, v: 60 })]);
    first.run([reading("a", { seq: 2, atMs: 10, v: 61 })]);
    const rows = outboxOf(first.engine);
    first.drop();
    // As if the engine had counted otherwise then: config, boot, and the two batches.
    forgeDigest(config.directory, 3);

    const second = bench.start(config);
    assert.equal(second.engine.state.digestMismatches, 1);
    assert.deepEqual(
      outboxOf(second.engine).filter(({ lane }) => lane === "result"),
      rows,
    );
    assert.match(gatewayAlarms(second.engine).join(), /^digest_mismatch raised: 1 journal entries/);
  });

  it("knows after a checkpoint how far each rule had come, in whatever batch rows leave next", (context) => {
    const bench = new Workbench(context);
    const plain = `
      CREATE TABLE plain (device STRING) WITH ('connector' = 'mqtt', 'topic' = 'plain/+', 'format' = 'json');
      ${kafkaSink("seen", "device STRING")}
      INSERT INTO seen SELECT device FROM plain;`;
    const config = engineConfig(bench.folder(), { tumble: TUMBLE_RULE, plain });
    // Every commit brings a checkpoint, but for those after the first batch.
    const [small, large] = [1, 1e9].map((quotaBytes) => ({
      ...config,
      store: { ...config.store, journal: { quotaBytes, ageMs: 1e9 } },
    }));
    const first = bench.start(small!);
    first.run([reading("a", { seq: 1, atMs: 60_000, v: 1 })]);
    const checkpoint = bench.copyOf(config.directory);
    first.run([{ topic: "plain/p", payload: '{"device":"p"}' }]);
    const [rows] = first.engine.readOutbox("result", 0, { maxRows: 1, maxBytes: 1e6 });
    first.drop();
    const second = bench.start({ ...large!, directory: checkpoint });
    second.run([{ topic: "plain/p", payload: '{"device":"p"}' }]);
    const [again] = second.engine.readOutbox("result", 0, { maxRows: 1, maxBytes: 1e6 });
    assert.deepEqual(new OutboxRows(again!.bytes).watermarks, { tumble: 1_767_225_655_000 });
    assert.deepEqual(Buffer.from(again!.bytes), Buffer.from(rows!.bytes));
  });

  it("falls back to the checkpoint before a damaged one", (context) => {
    const bench = new Workbench(context);
    const config = engineConfig(bench.folder(), RULES);
    let life = bench.start(config);
    for (let part = 0; part < 4; part++) {
      life.run([reading("a", { seq: part + 1, atMs: part * 1_000, v: 60 + part })]);
      // Each recovery ends in a checkpoint.
      life = bench.restart(life, config);
    }
    life.drop();
    alter(
      config.directory,
      "UPDATE checkpoint SET crc = crc + 1 WHERE id = (SELECT MAX(id) FROM checkpoint)",
    );
    const after = bench.start(config);
    assert.match(gatewayAlarms(after.engine).join(), /checkpoint_damaged raised/);
    assert.equal(after.engine.state.digestMismatches, 0);
    after.run([reading("a", { seq: 9, atMs: 30_000, v: 0 })]);
    const [window] = valuesOf(after.engine, "tumble");
    assert.deepEqual([window?.["n"], window?.["total"]], [4, 246]);
  });

  it("replays what is left when both checkpoints are damaged and the journal was trimmed", (context) => {
    const bench = new Workbench(context);
    const config = engineConfig(bench.folder(), RULES);
    let life = bench.start(config);
    for (let part = 0; part < 3; part++) {
      life.run([reading("a", { seq: part + 1, atMs: part * 1_000, v: 60 })]);
      life = bench.restart(life, config);
    }
    life.run([reading("a", { seq: 7, atMs: 3_000, v: 60 })]);
    life.drop();
    alter(config.directory, "UPDATE checkpoint SET crc = crc + 1");
    // Without the entry that says which rules are in force.
    alter(config.directory, "DELETE FROM journal WHERE sequence <= 2");
    const after = bench.start(config);
    after.run([reading("a", { seq: 9, atMs: 30_000, v: 0 })]);
    const [window] = valuesOf(after.engine, "tumble");
    assert.equal(window?.["n"], 4);
  });
});

describe("a changed configuration", () => {
  const other = TUMBLE_RULE.replace("MAX(v)", "MIN(v)");

  it("keeps the state of rules and tables that are the same, and begins the others anew", (context) => {
    const bench = new Workbench(context);
    const directory = bench.folder();
    const before = engineConfig(directory, { one: TUMBLE_RULE, two: TUMBLE_RULE });
    const first = bench.start(before);
    first.run([reading("a", { seq: 1, atMs: 1_000, v: 5 })]);
    first.stop();
    const after = engineConfig(directory, { one: TUMBLE_RULE, two: other, three: FILTER_RULE });
    const second = bench.start(after);
    assert.equal(second.engine.state.changed, true);
    second.run([
      // The table's identity state is there still.
      { ...reading("a", { seq: 1, atMs: 1_000, v: 5 }), dup: true },
      reading("a", { seq: 2, atMs: 2_000, v: 60 }),
      reading("a", { seq: 3, atMs: 30_000, v: 0 }),
    ]);
    const count = (rule: string): unknown => valuesOf(second.engine, rule)[0]?.["n"];
    assert.deepEqual([count("one"), count("two")], [2, 1]);
    assert.deepEqual(valuesOf(second.engine, "three"), [{ device: "a", v: 60 }]);
  });

  it("is replayed as it was when the entries were made", (context) => {
    const bench = new Workbench(context);
    const directory = bench.folder();
    const before = engineConfig(directory, { one: TUMBLE_RULE, filter: FILTER_RULE });
    const first = bench.start(before);
    first.run([reading("a", { seq: 1, atMs: 1_000, v: 60 })]);
    // Killed, and started with another rule text, dead letters forwarded, and another gateway id.
    const after = engineConfig(
      directory,
      { one: other, filter: FILTER_RULE },
      {
        gatewayId: "renamed",
        topics: { alarm: "alarms", deadLetter: "dead", late: "late", rollback: undefined },
        receiveMaximum: 20,
      },
    );
    first.run([{ topic: "readings/a", payload: "no JSON" }]);
    const second = bench.restart(first, after);
    assert.equal(second.engine.state.digestMismatches, 0);
    second.run([reading("a", { seq: 2, atMs: 2_000, v: 70 })]);
    const third = bench.restart(second, after);
    assert.equal(third.engine.state.digestMismatches, 0);
    assert.equal(third.engine.state.changed, false);
    assert.equal(valuesOf(third.engine, "filter").length, 2);
  });

  it("does not count as changed when only comments and lines have moved", (context) => {
    const bench = new Workbench(context);
    const directory = bench.folder();
    bench.start(engineConfig(directory, { one: TUMBLE_RULE })).stop();
    const moved = bench.start(engineConfig(directory, { one: `-- a comment\n${TUMBLE_RULE}` }));
    moved.run([reading("a", { seq: 1, atMs: 1_000, v: 5 })]);
    moved.stop();
    const again = bench.start(engineConfig(directory, { one: TUMBLE_RULE }));
    again.run([reading("a", { seq: 2, atMs: 30_000, v: 5 })]);
    assert.equal(valuesOf(again.engine, "one")[0]?.["n"], 1);
  });
});
