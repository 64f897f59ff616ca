// What the gateway says of itself: every family of metrics from the first scrape, counters that add up, probes.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { FILTER_RULE, TUMBLE_RULE } from "../engine/kit.ts";
import { ANONYMOUS_RULE, payload, PRINT_RULE, Site } from "./kit.ts";

/** The families that are promised, each with a series whose value is 0 before anything was received. */
const FROM_THE_START: readonly (readonly [family: string, series: string])[] = [
  ["headrace_received_messages_total", 'headrace_received_messages_total{source="direct",qos="1"}'],
  ["headrace_acknowledged_messages_total", 'headrace_acknowledged_messages_total{source="direct"}'],
  ["headrace_decoded_rows_total", 'headrace_decoded_rows_total{table="readings"}'],
  ["headrace_dead_letter_total", "headrace_dead_letter_total"],
  ["headrace_late_rows_total", 'headrace_late_rows_total{rule="shown"}'],
  ["headrace_duplicates_total", 'headrace_duplicates_total{kind="identity"}'],
  ["headrace_emitted_rows_total", 'headrace_emitted_rows_total{rule="shown"}'],
  ["headrace_alarms_total", "headrace_alarms_total"],
  ["headrace_batches_total", "headrace_batches_total"],
  ["headrace_outbox_rows", 'headrace_outbox_rows{lane="result"}'],
  ["headrace_watermark_lag_seconds", "headrace_watermark_lag_seconds"],
  ["headrace_connections", 'headrace_connections{source="direct"}'],
  ["headrace_suspended_rules", "headrace_suspended_rules"],
  ["headrace_digest_mismatches_total", "headrace_digest_mismatches_total"],
];

describe("metrics", () => {
  it("are all there in the first scrape of a fresh gateway, at zero", async (context) => {
    const life = await new Site(context).ready();
    const { text } = await life.get("/metrics");
    for (const [family, series] of FROM_THE_START) {
      assert.match(text, new RegExp(`^# TYPE ${family} (?:counter|gauge)$`, "m"));
      assert.ok(text.includes(`\n${series} 0\n`), `${series} is not 0 in\n${text}`);
    }
    assert.match(text, /^headrace_uplink_drain_seconds NaN$/m);
    // The entries of the start itself are on the card already.
    assert.match(text, /^# TYPE headrace_commit_seconds histogram$/m);
    for (const family of [
      "headrace_commit_seconds_count",
      "headrace_journal_bytes",
      "headrace_flash_bytes_total",
    ]) {
      assert.match(text, new RegExp(`^${family} [1-9]\\d*$`, "m"));
    }
  });

  it("add up after a load with duplicates, late rows, dead letters and QoS 0", async (context) => {
    const site = new Site(context, { rules: { shown: PRINT_RULE, tumble: TUMBLE_RULE } });
    const life = await site.ready();
    const device = await life.device({ clientId: "device" });
    for (const seq of [1, 2, 60]) await device.publish("readings/a", payload("a", seq, seq));
    await device.publish("readings/a", payload("a", 60, 60), { dup: true });
    await device.publish("readings/a", payload("a", 3, 3));
    await device.publish("readings/a", "{");
    await device.publish("elsewhere", "{}");
    await device.publish("readings/a", '{"device":"a","seq":4}');
    device.send(
      Buffer.from([0x30, 2 + 10 + payload("b", 61, 1).length, 0, 10]),
      Buffer.from("readings/b"),
      Buffer.from(payload("b", 61, 1)),
    );
    // After it in the same connection: it has been committed as well.
    await device.publish("readings/b", payload("b", 62, 1));
    const expected: Readonly<Record<string, number>> = {
      'headrace_received_messages_total{source="direct",qos="0"}': 1,
      'headrace_received_messages_total{source="direct",qos="1"}': 9,
      'headrace_acknowledged_messages_total{source="direct"}': 9,
      'headrace_connections{source="direct"}': 1,
      'headrace_decoded_rows_total{table="readings"}': 8,
      'headrace_dead_letter_total{reason="undecodable"}': 1,
      'headrace_dead_letter_total{reason="no_table"}': 1,
      'headrace_dead_letter_total{reason="event_time"}': 1,
      'headrace_duplicates_total{kind="identity"}': 1,
      'headrace_late_rows_total{rule="tumble"}': 1,
      'headrace_emitted_rows_total{rule="shown"}': 6,
      'headrace_emitted_rows_total{rule="tumble"}': 1,
    };
    for (const [series, value] of Object.entries(expected)) {
      assert.equal(await life.metric(series), value, series);
    }
    const lag = await life.metric('headrace_watermark_lag_seconds{table="readings"}');
    assert.ok(lag !== undefined && lag > 0);
    await device.end();
    const status = await life.json("/api/status");
    const path = status["path"] as Record<string, number>;
    assert.deepEqual(
      [path["received"], path["acknowledged"], path["deadLetters"], path["late"]],
      [10, 9, 3, 1],
    );
  });

  it("count re-sends by packet id, and take a retain flag on a device's own message as it is", async (context) => {
    const site = new Site(context, { rules: { shown: ANONYMOUS_RULE } });
    const life = await site.ready();
    const device = await life.device({ clientId: "device", cleanStart: false });
    const text = payload("a", 1, 1);
    await device.publish("readings/a", text, { packetId: 5 });
    await device.publish("readings/a", text, { packetId: 5, dup: true });
    await device.publish("readings/a", text, { packetId: 6, retain: true });
    assert.equal(await life.metric('headrace_duplicates_total{kind="packet_id"}'), 1);
    assert.equal(await life.metric('headrace_duplicates_total{kind="retained"}'), 0);
    assert.equal(await life.metric('headrace_emitted_rows_total{rule="shown"}'), 2);
  });
});

describe("probes", () => {
  it("say what is up, and name a suspended rule without being unready", async (context) => {
    const site = new Site(context, { rules: { shown: PRINT_RULE, filter: FILTER_RULE } });
    const life = await site.ready({ HEADRACE_FAULT_POINT: "rule-throws(filter)" });
    const healthy = await life.get("/healthz");
    assert.equal(healthy.status, 200);
    assert.equal((JSON.parse(healthy.text) as { healthy: boolean }).healthy, true);
    assert.deepEqual(await life.json("/readyz"), {
      ready: true,
      recovered: true,
      listeners: [{ name: "direct", listening: true }],
      mqttClients: [],
      kafka: null,
      suspendedRules: [],
      blocked: null,
      clockProblem: null,
    });
    const device = await life.device();
    await device.publish("readings/a", payload("a", 1, 60));
    const readiness = await life.get("/readyz");
    assert.equal(readiness.status, 200);
    assert.deepEqual((JSON.parse(readiness.text) as { suspendedRules: unknown }).suspendedRules, [
      "filter",
    ]);
    assert.equal(await life.metric("headrace_suspended_rules"), 1);
    assert.match((await life.get("/")).text, /filter/);
    assert.equal((await life.program.end()).code, 0);
    assert.equal(life.rows().length, 1, "the other rule has its row");

    const again = await site.ready();
    assert.deepEqual((await again.json("/readyz"))["suspendedRules"], ["filter"]);
  });
});

describe("a PUBLISH", () => {
  it("above limits.packetBytes is a dead letter and acknowledged; above 16 MiB the end", async (context) => {
    const site = new Site(context, { listener: "limits: {packetBytes: 64KiB}" });
    const life = await site.ready();
    const device = await life.device({ version: 5, clientId: "device" });
    const large = Buffer.alloc(100_000, "x");
    await device.publish("readings/a", large);
    await device.publish("readings/a", payload("a", 1, 1));
    assert.equal(await life.metric('headrace_dead_letter_total{reason="truncated"}'), 1);
    // 16 MiB and one byte, from the header alone.
    device.send(Buffer.from([0x32, 0x81, 0x80, 0x80, 0x08]));
    await device.closed;
    assert.equal(device.disconnectCode, 0x95);
    assert.equal((await life.program.end()).code, 0);
    assert.equal(life.rows().length, 1);
  });
});
