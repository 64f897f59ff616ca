// Two live copies of one card on a real Kafka: one of them stops, keeps its rows, says so, and goes on by command.

import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { NUMBERED_RULE } from "../engine/kit.ts";
import { Broker } from "../kit/kafka/broker.ts";
import { requireService } from "../kit/services.ts";
import type { Life } from "./kit.ts";
import { KafkaSite, kafkaYaml, settledRows, untilUplink, uplinkOf } from "./kafka-site.ts";

describe("two live copies of a card", () => {
  it("do not both forward", async (context) => {
    if (!requireService(context, "kafka")) return;
    const broker = await Broker.start();
    context.after(async () => await broker.remove());
    const options = { rules: { high: NUMBERED_RULE }, yaml: kafkaYaml(broker.bootstrap) };
    const original = new KafkaSite(context, options);
    const clone = new KafkaSite(context, options);
    const feed = await feeder(await original.site.ready(), "first");
    await feed.one();
    await untilUplink(feed.life, (uplink) => uplink.rows > 0);
    await feed.life.program.end();
    cpSync(original.site.data, clone.site.data, { recursive: true });

    const sites = [original, clone];
    const feeds = [
      await feeder(await original.site.ready(), "one"),
      await feeder(await clone.site.ready(), "two"),
    ];
    const fenced = await fencedOne(
      feeds.map(({ life }) => life),
      async () => {
        for (const each of feeds) await each.one();
      },
    );
    const active = 1 - fenced;
    assert.match((await uplinkOf(feeds[fenced]!.life)).problem!, /is also used by hardware/);
    const { stdout } = await sites[fenced]!.command("status");
    assert.match(stdout, /uplink +fenced/);
    assert.match(stdout, /outbox .*result [1-9]/, "it keeps its rows");
    await untilUplink(feeds[active]!.life, (uplink, waiting) => uplink.connected && waiting < 5);

    assert.match((await sites[fenced]!.command("uplink", "resume")).stdout, /forwards again/);
    await untilUplink(feeds[fenced]!.life, (uplink, waiting) => uplink.connected && waiting < 5);
    const sent = feeds.reduce((sum, { sent: own }) => sum + own, 1);
    for (const { life } of feeds) await life.program.end();
    const last = await sites[active]!.site.ready();
    await untilUplink(last, (uplink, waiting) => uplink.connected && waiting < 5);
    const rows = await settledRows(broker.bootstrap, ["high"], sent);
    const names = rows.map(({ value }) => value);
    assert.equal(new Set(names).size, names.length, "nothing twice");
    assert.equal(rows.length, sent, "nothing lost");
  });
});

/** Devices of one copy, all later than those of the other's past. */
async function feeder(
  life: Life,
  device: string,
): Promise<{ readonly life: Life; readonly sent: number; one(): Promise<void> }> {
  const client = await life.device({ clientId: device });
  const feed = {
    life,
    sent: 0,
    async one(): Promise<void> {
      const seq = ++feed.sent;
      // Ever later, whoever sends: a row at or before what the other copy has sent would be withheld.
      const ts = 1_767_225_600_000 + 1000 * seconds++;
      await client.publish(`readings/${device}`, JSON.stringify({ device, seq, ts, v: 60 }));
    },
  };
  return feed;
}

let seconds = 0;

/** Keeps both busy until one of them is fenced; gives which. */
async function fencedOne(lives: readonly Life[], feed: () => Promise<void>): Promise<number> {
  for (let left = 300; left > 0; left--) {
    await feed();
    for (const [index, life] of lives.entries()) {
      if ((await uplinkOf(life)).state === "fenced") return index;
    }
    await pause(50);
  }
  const uplinks = await Promise.all(lives.map(uplinkOf));
  throw new Error(`neither was fenced: ${JSON.stringify(uplinks)}`);
}
