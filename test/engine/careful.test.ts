// Who killed the process? The note that a death leaves behind is made here by hand, as the engine makes it; that real
// deaths leave it shows test/gateway/poison.test.ts.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { MessageReader } from "../../src/core/message-reader.ts";
import { CarefulStart } from "../../src/engine/careful.ts";
import { Attempts } from "../../src/store/attempts.ts";
import type { Attempt } from "../../src/store/attempts.ts";
import { messageBatch } from "../decode/batch.ts";
import type { TestMessage } from "../decode/batch.ts";
import {
  engineConfig,
  FILTER_RULE,
  gatewayAlarms,
  journalOf,
  TickingClock,
  reading,
  TUMBLE_RULE,
  valuesOf,
  Workbench,
} from "./kit.ts";

const RULES = { filter: FILTER_RULE, tumble: TUMBLE_RULE };
/** What is tried does not die of it. */
const SURVIVES = { deadly: [] };
const MESSAGES = [51, 52, 53, 54].map((v, i) => reading("a", { seq: i + 1, atMs: i, v }));

/** Another boot of the machine than this one. */
const BEFORE_REBOOT = 1n;

/** Leaves the note of a death in `directory`. */
function died(directory: string, attempt: Partial<Attempt>, boot?: bigint): void {
  const attempts = new Attempts(directory, { flashBytes: 0 }, boot);
  const nothingKnown = { phase: "decode", sequence: 3, count: 1, fingerprint: 0n } as const;
  attempts.begin({ ...nothingKnown, ...attempt }, { timeMs: 0 });
  attempts.close();
}

/** Leaves the note of a death on one message of the batch, in a start that ran them one by one. */
function diedOn(
  directory: string,
  message: number,
  messages: readonly TestMessage[],
  boot?: bigint,
): void {
  const attempts = new Attempts(directory, { flashBytes: 0 }, boot);
  const careful = new CarefulStart(attempts, new TickingClock());
  const reader = new MessageReader();
  const batch = messageBatch(messages);
  reader.load(batch);
  const run = { phase: "careful", sequence: 3, findDeadly: () => undefined } as const;
  let index = 0;
  for (const { skip } of careful.singles(reader, batch, run)) {
    assert.equal(skip, false);
    if (index++ === message) break;
  }
  attempts.close();
}

describe("after a death in mid-batch", () => {
  it("messages run one by one, with the same rows, in one transaction", (context) => {
    const bench = new Workbench(context);
    const config = engineConfig(bench.folder(), RULES);
    bench.start(config).stop();
    died(config.directory, {});
    const life = bench.start(config);
    const commits = life.engine.store.stats.commits;
    life.run(MESSAGES);
    assert.equal(life.engine.store.stats.commits, commits + 1);
    assert.deepEqual(
      valuesOf(life.engine, "filter").map(({ v }) => v),
      [51, 52, 53, 54],
    );
    const again = bench.restart(life, config);
    assert.equal(again.engine.state.digestMismatches, 0);
    again.drop();
    const entries = journalOf(config.directory).filter(({ kind }) => kind === "messages");
    assert.deepEqual(
      entries.map(({ count }) => count),
      [1, 1, 1, 1],
    );
  });

  it("a message that died twice and dies in its trial is skipped, journaled, and told of", (context) => {
    const bench = new Workbench(context);
    const config = engineConfig(bench.folder(), RULES);
    bench.start(config).stop();
    died(config.directory, {});
    diedOn(config.directory, 2, MESSAGES);
    const life = bench.start(config, { deadly: [0] });
    life.run(MESSAGES);
    assert.equal(life.trials.length, 2, "the suspect, and what follows it");
    assert.deepEqual(
      valuesOf(life.engine, "filter").map(({ v }) => v),
      [51, 52, 54],
    );
    assert.deepEqual(gatewayAlarms(life.engine), ["message_skipped raised: readings/a"]);
    // Its sender has the acknowledgement and does not send it again; others go on.
    life.run([reading("a", { seq: 5, atMs: 30_000, v: 55 })]);
    assert.equal(valuesOf(life.engine, "tumble")[0]?.["n"], 3);
    const again = bench.restart(life, config);
    assert.equal(again.engine.state.digestMismatches, 0);
    again.drop();
    const skipped = journalOf(config.directory).filter(({ kind }) => kind === "skipped");
    assert.equal(skipped.length, 1);
    assert.ok(Buffer.from(skipped[0]?.data ?? []).includes('"v":53'), "kept for inspection");
  });

  it("others in its batch are found with it, since they would kill start after start", (context) => {
    const bench = new Workbench(context);
    const config = engineConfig(bench.folder(), RULES);
    bench.start(config).stop();
    died(config.directory, {});
    diedOn(config.directory, 0, MESSAGES);
    // Of the three after the first it is the second.
    const life = bench.start(config, { deadly: [0, 1, undefined] });
    life.run(MESSAGES);
    assert.equal(life.trials.length, 3);
    assert.deepEqual(
      valuesOf(life.engine, "filter").map(({ v }) => v),
      [52, 54],
    );
    const again = bench.restart(life, config);
    assert.equal(again.engine.state.digestMismatches, 0);
  });

  it("a skipped message whose sender has not heard of it is tried at once, so that a next one is found", (context) => {
    const bench = new Workbench(context);
    const config = engineConfig(bench.folder(), RULES);
    bench.start(config).stop();
    died(config.directory, {});
    diedOn(config.directory, 0, MESSAGES.slice(0, 1));
    const life = bench.start(config);
    life.run(MESSAGES.slice(0, 1));
    // It comes again, before another one that has ended the next process meanwhile.
    diedOn(config.directory, 0, MESSAGES.slice(1, 2));
    const next = bench.restart(life, config, { deadly: [0, undefined] });
    next.run(MESSAGES);
    assert.equal(next.trials.length, 2, "it, and what follows it");
    assert.deepEqual(
      valuesOf(next.engine, "filter").map(({ v }) => v),
      [52, 53, 54],
    );
  });

  // Found by `npm run simulate -- --seed 800862`: each death made the other one the only suspect.
  it("messages of two senders that take turns are found, in whichever order they come", (context) => {
    const bench = new Workbench(context);
    const config = engineConfig(bench.folder(), RULES);
    bench.start(config).stop();
    const first = MESSAGES.slice(0, 2);
    const second = MESSAGES.slice(2);
    died(config.directory, {});
    diedOn(config.directory, 0, first);
    diedOn(config.directory, 1, second);
    const life = bench.start(config, { deadly: [0, undefined] });
    life.run(first);
    assert.equal(life.trials.length, 2, "the whole batch, and what follows the culprit");
    assert.deepEqual(
      valuesOf(life.engine, "filter").map(({ v }) => v),
      [52],
    );
  });

  it("a message on which kills from outside fell twice is not skipped", (context) => {
    const bench = new Workbench(context);
    const config = engineConfig(bench.folder(), RULES);
    bench.start(config).stop();
    died(config.directory, {});
    diedOn(config.directory, 2, MESSAGES);
    const life = bench.start(config, SURVIVES);
    life.run(MESSAGES);
    assert.equal(life.trials.length, 1);
    assert.equal(valuesOf(life.engine, "filter").length, 4);
    assert.deepEqual(gatewayAlarms(life.engine), []);
  });

  it("a message on which kills from outside fell again and again is never skipped", (context) => {
    const bench = new Workbench(context);
    const config = engineConfig(bench.folder(), RULES);
    bench.start(config).stop();
    died(config.directory, {});
    for (let kill = 0; kill < 5; kill++) {
      diedOn(config.directory, 1, MESSAGES);
      const life = bench.start({ ...config, directory: bench.copyOf(config.directory) }, SURVIVES);
      life.run(MESSAGES);
      assert.equal(life.trials.length, 1, "tried anew at every start");
      assert.equal(valuesOf(life.engine, "filter").length, MESSAGES.length);
      assert.deepEqual(gatewayAlarms(life.engine), []);
      life.drop();
    }
  });

  it("a message that power cuts fell on again and again is not skipped", (context) => {
    const bench = new Workbench(context);
    const config = engineConfig(bench.folder(), RULES);
    bench.start(config).stop();
    died(config.directory, {}, BEFORE_REBOOT);
    for (let cut = 0; cut < 2; cut++) diedOn(config.directory, 1, MESSAGES, BEFORE_REBOOT);
    const life = bench.start(config, { deadly: [0] });
    life.run(MESSAGES);
    assert.equal(life.trials.length, 0);
    assert.equal(valuesOf(life.engine, "filter").length, MESSAGES.length);
    assert.deepEqual(gatewayAlarms(life.engine), []);
  });

  it("a death outside of a batch makes nobody a suspect", (context) => {
    const bench = new Workbench(context);
    const config = engineConfig(bench.folder(), RULES);
    const first = bench.start(config);
    first.run(MESSAGES);
    const second = bench.restart(first, config);
    second.run([reading("a", { seq: 9, atMs: 9, v: 1 })]);
    second.drop();
    const counts = journalOf(config.directory).map(({ kind, count }) => `${kind} ${count}`);
    assert.deepEqual(counts, ["config 0", "boot 0", "messages 4", "boot 0", "messages 1"]);
  });
});

describe("after a death in replay", () => {
  it("the entry runs message by message, and only the culprit is left out", (context) => {
    const bench = new Workbench(context);
    const config = engineConfig(bench.folder(), RULES);
    const first = bench.start(config);
    first.run(MESSAGES);
    const directory = bench.copyOf(config.directory);
    first.drop();
    const copy = { ...config, directory };
    died(directory, { phase: "replay", sequence: 3 });
    const whole = bench.start({ ...config, directory: bench.copyOf(directory) }, { deadly: [0] });
    assert.equal(whole.trials.length, 0, "one death is no suspicion");
    whole.run([reading("a", { seq: 9, atMs: 30_000, v: 0 })]);
    assert.equal(valuesOf(whole.engine, "tumble")[0]?.["n"], 4);

    const attempts = new Attempts(directory, { flashBytes: 0 });
    const reader = new MessageReader();
    const batch = messageBatch(MESSAGES);
    reader.load(batch);
    const careful = new CarefulStart(attempts, new TickingClock());
    const run = { phase: "replay", sequence: 3, findDeadly: () => undefined } as const;
    careful.singles(reader, batch, run).next();
    attempts.close();
    const third = bench.start(copy, { deadly: [0] });
    assert.equal(third.trials.length, 2);
    assert.deepEqual(gatewayAlarms(third.engine), [
      "message_skipped raised: readings/a, in journal entry 3",
    ]);
    third.run([reading("a", { seq: 9, atMs: 30_000, v: 0 })]);
    assert.equal(valuesOf(third.engine, "tumble")[0]?.["n"], 3);
    assert.equal(bench.restart(third, copy).engine.state.digestMismatches, 0);
  });

  it("a command is left out only if its trial dies too, however often it was killed", (context) => {
    const bench = new Workbench(context);
    const config = engineConfig(bench.folder(), RULES);
    const first = bench.start(config);
    const row = { lane: "result", sequence: 1, rule: "filter", topic: "high", timeMs: 7 } as const;
    const refused = { ...row, reason: "too large", value: Buffer.from("{}") };
    first.engine.uplinked((to) => to.stopRows([], [refused]));
    const directory = bench.copyOf(config.directory);
    first.drop();
    died(directory, { phase: "replay", sequence: 3, count: 4 });
    for (const deadly of [[], [0]]) {
      const life = bench.start({ ...config, directory: bench.copyOf(directory) }, { deadly });
      assert.equal(life.trials.length, 1);
      assert.deepEqual(
        gatewayAlarms(life.engine),
        deadly.length > 0 ? ["message_skipped raised: a command entry, journal entry 3"] : [],
      );
    }
  });
});
