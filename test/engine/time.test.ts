// Time that passes without rows, stepped by hand: silence closes windows, links that are down stop it, and a replay
// sees all of it again.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";

import { engineStatus } from "../../src/engine/status.ts";
import { engineConfig, journalOf, kafkaSink, reading, valuesOf, Workbench } from "./kit.ts";
import type { ConfigChanges, Life, Rules } from "./kit.ts";
import { TOPICS, Sender, counts, each, readings, whole } from "./time-kit.ts";

function started(context: TestContext, rules: Rules, changes?: ConfigChanges): Life {
  const bench = new Workbench(context);
  return bench.start(engineConfig(bench.folder(), rules, { ...TOPICS, ...changes }));
}

function kinds(config: { readonly directory: string }): string[] {
  return journalOf(config.directory).map(({ kind }) => kind);
}

const sender = new Sender();
const at = (device: string, seconds: number) => sender.at(device, seconds);
const byBroker = (device: string, seconds: number) => sender.byBroker(device, seconds);

describe("silence", () => {
  it("closes windows when the clock has reached their ends, with one entry each time", (context) => {
    const bench = new Workbench(context);
    const config = engineConfig(bench.folder(), counts());
    const life = bench.start(config);
    const { time } = life.engine;
    assert.equal(time.nextDeadlineMs, Infinity, "nothing is held");
    life.run([at("b", 3), at("a", 12)], 1000);
    assert.equal(time.nextDeadlineMs, 11_000);
    time.tick(10_999);
    assert.deepEqual(each(life), []);
    // Both fall silent, a last: the table's watermark, 7 s, is a's, and the clock has gone on by 10 s since.
    time.tick(11_000);
    assert.deepEqual(each(life), ["b 1"]);
    assert.deepEqual(whole(life), [1]);
    assert.equal(time.nextDeadlineMs, 1000 + 19_999 - 7000);
    time.tick(13_998);
    assert.deepEqual(each(life), ["b 1"]);
    time.tick(13_999);
    assert.deepEqual(each(life), ["b 1", "a 1"]);
    assert.deepEqual(whole(life), [1, 1]);
    assert.equal(time.nextDeadlineMs, Infinity);
    time.tick(200_000);
    life.stop();
    assert.deepEqual(kinds(config), ["config", "boot", "messages", "clock", "clock"]);
  });

  it("of one device lets the others go on", (context) => {
    const life = started(context, counts());
    life.run([at("a", 1), at("b", 2)], 0);
    life.run([at("a", 11), at("a", 21)], 9000);
    assert.deepEqual(each(life), ["a 1"]);
    assert.deepEqual(whole(life), [], "b holds the table");
    assert.equal(life.engine.time.nextDeadlineMs, 10_000);
    life.engine.time.tick(10_000);
    assert.deepEqual(each(life), ["a 1"], "b may come back with its own");
    assert.deepEqual(whole(life), [2]);
    // It does: its own windows are open, those of all are not.
    life.run([at("b", 5), at("b", 16)], 11_000);
    assert.deepEqual(each(life), ["a 1", "b 2"]);
    assert.deepEqual(
      valuesOf(life.engine, "headrace_late").map(({ rule }) => rule),
      ["whole"],
    );
  });

  it("shows in the metrics", (context) => {
    const life = started(context, counts());
    life.run([at("a", 1), at("b", 2)], 0);
    life.run([at("a", 3)], 10_000);
    const { metrics } = engineStatus(life.engine, undefined);
    assert.deepEqual(
      metrics
        .filter(({ name }) => name === "headrace_devices")
        .map(({ labels, value }) => [labels["table"], labels["state"], value]),
      [
        ["readings", "active", 1],
        ["readings", "silent", 1],
      ],
    );
    const evicted = metrics.filter(({ name }) => name === "headrace_evictions_total");
    assert.deepEqual(
      evicted.map(({ labels, value }) => [labels["kind"], value]),
      [
        ["packet_id_client", 0],
        ["retained_topic", 0],
        ["identity_key", 0],
        ["device", 0],
        ["measured_device", 0],
        ["alarm_series", 0],
      ],
    );
  });

  it("makes late rows that a rule can count", (context) => {
    const late =
      kafkaSink("lost", "rule STRING, payload BYTES") +
      "INSERT INTO lost SELECT rule, payload FROM headrace_late;";
    const life = started(context, { ...counts(), lost: late });
    life.run([at("a", 1)], 0);
    life.engine.time.tick(60_000);
    assert.deepEqual(each(life), ["a 1"]);
    life.run([at("a", 2), at("a", 11)], 61_000);
    assert.deepEqual(
      valuesOf(life.engine, "lost").map(({ rule }) => rule),
      ["each", "whole"],
    );
  });

  it("ends delays of alarms", (context) => {
    const life = started(context, {
      hot: `${readings()}
CREATE TABLE hot (series STRING, event_time TIMESTAMP_LTZ(3), \`value\` DOUBLE)
WITH ('connector' = 'alarm', 'severity' = 'high', 'set' = '80', 'clear' = '70', 'on-delay' = '30 s');
INSERT INTO hot SELECT device, event_time, v FROM readings;`,
    });
    const { time } = life.engine;
    life.run([reading("a", { seq: 1, atMs: 0, v: 90 })], 1000);
    time.tick(11_000);
    // Watermark -5 s at 1 s; the row is taken at 6 s, the delay is over at 36 s.
    assert.equal(time.nextDeadlineMs, 36_000);
    time.tick(35_999);
    assert.deepEqual(valuesOf(life.engine, "hot"), []);
    time.tick(36_000);
    assert.deepEqual(
      valuesOf(life.engine, "hot").map(({ state, event_time }) => [state, event_time]),
      [["raised", "2026-01-01 00:00:30Z"]],
    );
    assert.equal(time.nextDeadlineMs, Infinity);
  });

  it("is not noticed before every batch's rows only: each batch is a tick", (context) => {
    const other =
      readings().replace("readings (", "others (").replace("readings/+", "others/+") +
      kafkaSink("copies", "device STRING") +
      "INSERT INTO copies SELECT device FROM others;";
    const life = started(context, { ...counts(), other });
    life.run([at("a", 1)], 0);
    life.run([{ ...at("z", 1), topic: "others/z" }], 60_000);
    assert.deepEqual(each(life), ["a 1"]);
  });
});

describe("a row too far ahead of its receive time", () => {
  it("is a dead letter and moves no watermark", (context) => {
    const life = started(context, counts());
    life.run([at("a", 3), at("a", 3601), at("a", 4)]);
    assert.deepEqual(each(life), []);
    const [letter] = valuesOf(life.engine, "headrace_dead_letter");
    assert.match(String(letter?.["reason"]), /is 3601000 ms ahead of the receive time/);
    assert.equal(life.engine.state.pipeline.counts.deadLetters.get("event_time"), 1);
  });
});

describe("a link that is down", () => {
  it("stops silence for the tables that read from it, until it is up again", (context) => {
    const bench = new Workbench(context);
    const changes = { brokerSources: ["broker"] };
    const config = engineConfig(bench.folder(), counts("broker"), changes);
    const life = bench.start(config);
    const { time } = life.engine;
    life.run([byBroker("a", 1)], 0);
    assert.equal(time.nextDeadlineMs, Infinity, "not connected since the start");
    time.link({ source: "broker", isUp: true }, 5000);
    assert.equal(time.nextDeadlineMs, 15_000);
    time.link({ source: "broker", isUp: false }, 14_000);
    time.tick(90_000);
    assert.deepEqual(each(life), []);
    time.link({ source: "broker", isUp: true }, 100_000);
    time.tick(109_999);
    assert.deepEqual(each(life), []);
    // Watermark -4 s: the clock needs 14 s from there to the end of the window.
    time.tick(113_999);
    assert.deepEqual(each(life), ["a 1"]);
    life.stop();
    assert.deepEqual(kinds(config).slice(2), ["messages", "link", "link", "link", "clock"]);
  });

  it("does not concern a table that reads from another source", (context) => {
    const life = started(context, counts("direct"), { brokerSources: ["broker"] });
    life.run([at("a", 1)], 0);
    assert.equal(life.engine.time.nextDeadlineMs, 10_000);
  });

  it("concerns a table that reads from all sources", (context) => {
    const life = started(context, counts(), { brokerSources: ["broker"] });
    life.run([at("a", 1)], 0);
    assert.equal(life.engine.time.nextDeadlineMs, Infinity);
  });
});
