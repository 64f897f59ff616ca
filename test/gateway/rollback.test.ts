// A disk image restored under a running site, on a real Kafka: what the lost life has sent does not leave again, the
// operator is told what is missing, and ends it.

import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";

import { ALARM_RULE, NUMBERED_RULE, TUMBLE_RULE } from "../engine/kit.ts";
import { Broker } from "../kit/kafka/broker.ts";
import type { ReadRow } from "../kit/kafka/reader.ts";
import { requireService } from "../kit/services.ts";
import { Devices, KafkaSite, kafkaYaml, settledRows, untilUplink } from "./kafka-site.ts";

const RULES = { tumble: TUMBLE_RULE, high: NUMBERED_RULE, hot: ALARM_RULE };
const DATA_TOPICS = ["per_device", "high"];

describe("a restored disk image", () => {
  it("is found and told of, sends nothing twice, and is ended by an operator", async (context) => {
    if (!requireService(context, "kafka")) return;
    const { broker, site, devices } = await start(context);
    const image = await firstLife(site, devices);
    await lostLife(site, devices);

    site.restore(image);
    const life = await site.site.ready();
    const client = await life.device();
    // Its windows up to here are half full, and the lost life has sent them.
    await devices.publish(client, [
      ["a", 70, 60],
      ["a", 71, 20],
      ["b", 72, 90],
      ["a", 90, 60],
    ]);
    const { rollback } = await untilUplink(
      life,
      (uplink) => uplink.state === "rolled_back" && (uplink.rollback?.withheld ?? 0) > 0,
    );
    assert.deepEqual(
      rollback?.lost.map(({ lane }) => lane),
      ["alarm", "result"],
    );
    assert.ok(rollback !== null && rollback.sinceMs > 0);
    const { stdout } = await site.command("status");
    assert.match(stdout, /uplink +rolled_back/);
    const rows = await settledRows(
      broker.bootstrap,
      [...DATA_TOPICS, "headrace.alarms", "rolled"],
      10,
    );
    assertOnce(rows);
    const withheld = rows.filter(({ topic }) => topic === "rolled");
    assert.ok(withheld.length > 0);
    const alarm = alarmsOf(rows).find(({ series }) => series === "rolled_back");
    assert.match(alarm!["message"] as string, /lane result \d+ to \d+/);
    assert.equal(await life.metric('headrace_uplink_state{state="rolled_back"}'), 1);
    assert.equal(await life.metric('headrace_uplink_audit_total{event="rollback"}'), 1);
    assert.ok((await life.metric('headrace_rollback_lost_rows{lane="result"}'))! > 0);
    const told = await life.metric('headrace_rollback_rows_total{rule="tumble"}');
    assert.ok((told ?? 0) > 0);

    assert.match((await site.command("uplink", "resume")).stdout, /rollback is over/);
    await untilUplink(life, (uplink) => uplink.state === "forwarding" && uplink.rollback === null);
    const after = await settledRows(broker.bootstrap, ["headrace.alarms"], 1);
    const states = alarmsOf(after).filter(({ series }) => series === "rolled_back");
    assert.deepEqual(
      states.map(({ state }) => state),
      ["raised", "returned"],
    );
    assert.match((await site.command("uplink", "resume")).stdout, /Nothing to resume/);
    assert.equal((await life.program.end()).code, 0);

    // Known for good: the next start is an ordinary one.
    const next = await site.site.ready();
    await untilUplink(next, (uplink) => uplink.state === "forwarding");
    assert.equal((await next.program.end()).code, 0);
    await assert.rejects(site.command("status"), /no gateway runs on this data folder/);
  });

  it("is ended for good where devices do not come back", async (context) => {
    if (!requireService(context, "kafka")) return;
    const { site, devices } = await start(context);
    const image = await firstLife(site, devices);
    await lostLife(site, devices);
    site.restore(image);
    const life = await site.site.ready();
    await untilUplink(life, (uplink) => uplink.state === "rolled_back");
    const { stdout } = await site.command("uplink", "resume");
    assert.match(stdout, /^The rollback goes on for rules .* with --final /);
    assert.match((await site.command("uplink", "resume", "--final")).stdout, /rollback is over/);
    await untilUplink(life, (uplink) => uplink.state === "forwarding" && uplink.rollback === null);
    assert.equal((await life.program.end()).code, 0);
  });

  it("is judged by what it derived while Kafka was away, too, whenever it was restored", async (context) => {
    if (!requireService(context, "kafka")) return;
    const { broker, site, devices } = await start(context);
    const image = await firstLife(site, devices);
    await lostLife(site, devices);
    await broker.stop();

    // Restored, restarted, and again, with no Kafka in sight.
    site.restore(image);
    for (const from of [70, 100]) {
      const life = await site.site.ready();
      const client = await life.device();
      const readings = [0, 1, 2, 3].map(
        (i) => ["ab"[i % 2]!, from + i * 6, [60, 90, 95, 20][i]!] as const,
      );
      await devices.publish(client, readings);
      await life.program.end("SIGKILL");
    }
    await broker.start();
    const life = await site.site.ready();
    await untilUplink(life, (uplink) => uplink.state === "rolled_back");
    const client = await life.device();
    await devices.publish(client, [
      ["a", 140, 60],
      ["b", 141, 60],
      ["a", 160, 60],
    ]);
    const topics = [...DATA_TOPICS, "headrace.alarms", "rolled"];
    assertOnce(await settledRows(broker.bootstrap, topics, 15));

    // The same image a second time: it knows nothing of the lives in between.
    await life.program.end("SIGKILL");
    site.restore(image);
    const again = await site.site.ready();
    await untilUplink(again, (uplink) => uplink.state === "rolled_back");
    await devices.publish(await again.device(), [
      ["a", 170, 60],
      ["b", 190, 90],
      ["a", 210, 60],
    ]);
    assertOnce(await settledRows(broker.bootstrap, topics, 20));
    assert.equal(await again.metric("headrace_digest_mismatches_total"), 0);
  });
});

async function start(
  context: TestContext,
): Promise<{ readonly broker: Broker; readonly site: KafkaSite; readonly devices: Devices }> {
  const broker = await Broker.start();
  context.after(async () => await broker.remove());
  const yaml = kafkaYaml(broker.bootstrap);
  return { broker, site: new KafkaSite(context, { rules: RULES, yaml }), devices: new Devices() };
}

/** Ends with windows open and an alarm raised; gives its image. */
async function firstLife(site: KafkaSite, devices: Devices): Promise<string> {
  const life = await site.site.ready();
  const client = await life.device();
  await devices.publish(client, [
    ["a", 0, 60],
    ["a", 5, 90],
    ["b", 6, 90],
    ["a", 12, 90],
    ["b", 19, 20],
    ["a", 22, 60],
  ]);
  await untilUplink(life, (uplink) => uplink.rows > 0);
  await life.program.end("SIGKILL");
  return site.image();
}

/** Goes on from there, sends all it has, and is lost. */
async function lostLife(site: KafkaSite, devices: Devices): Promise<void> {
  const life = await site.site.ready();
  const client = await life.device();
  await devices.publish(client, [
    ["a", 25, 20],
    ["a", 31, 95],
    ["b", 33, 60],
    ["a", 36, 95],
    ["b", 41, 95],
    ["b", 46, 95],
    ["a", 58, 20],
    ["a", 66, 60],
  ]);
  await untilUplink(life, (uplink, waiting) => uplink.rows >= 8 && waiting <= 3);
  await life.program.end("SIGKILL");
}

function assertOnce(rows: readonly ReadRow[]): void {
  const seen = new Set<string>();
  for (const { topic, value } of rows) {
    if (topic === "rolled") continue;
    const row = JSON.parse(value!) as Record<string, unknown>;
    const name = {
      per_device: [row["device"], row["window_start"]],
      high: [row["device"], row["seq"]],
      "headrace.alarms": [
        row["alarm_id"],
        row["state"],
        row["rule"] === "headrace" ? seen.size : "",
      ],
    }[topic]!.join(" ");
    assert.ok(!seen.has(`${topic} ${name}`), `${topic} ${name} twice`);
    seen.add(`${topic} ${name}`);
  }
  const headers = rows.map(({ headers: of }) => of["headrace"]);
  assert.equal(new Set(headers).size, rows.length);
}

function alarmsOf(rows: readonly ReadRow[]): Record<string, unknown>[] {
  return rows
    .filter(({ topic }) => topic === "headrace.alarms")
    .map(({ value }) => JSON.parse(value!) as Record<string, unknown>);
}
