// Discovery at a real mosquitto: what the gateway leaves there of devices that it hears, and what becomes of it when
// profiles change.

import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";

import mqtt from "mqtt";

import { documentedDiscovery } from "../kit/home-assistant.ts";
import { startMosquitto } from "../kit/mosquitto.ts";
import type { Mosquitto } from "../kit/mosquitto.ts";
import { requireService } from "../kit/services.ts";
import { until } from "../uplink/kit.ts";
import { Site } from "./kit.ts";

const LIMITS =
  "  time: {pointer: /ts, unit: ms, outOfOrder: 1s}\n  limits: {t: {high: 50, deadband: 5}}";
const NO_RULE = "CREATE TABLE shown (device STRING) WITH ('connector' = 'print');";
const PUBLISH = "  publish: {homeAssistant: {prefix: ha}}";

function profile(name: string, resources: string, gateway: string): string {
  return `name: ${name}
manufacturer: ACME
deviceResources:
${resources}
x-gateway:
  version: 1
  match: {topic: "${name}/{line}/{device}"}
  codec: {type: json}
${gateway}`;
}

const T =
  "  - {name: t, attributes: {pointer: /t}, properties: {valueType: Float64, units: Cel}}\n";
const V = "  - {name: v, attributes: {pointer: /v}, properties: {valueType: Float64, units: V}}\n";
const rule = (name: string): string => `${NO_RULE} INSERT INTO shown SELECT device FROM ${name};`;

/** What a broker retains and sends, by topic. */
class Listening {
  readonly topics = new Map<string, string>();
  readonly client: mqtt.MqttClient;

  private constructor(client: mqtt.MqttClient) {
    this.client = client;
    client.on("message", (topic, payload) => {
      if (payload.length === 0) this.topics.delete(topic);
      else this.topics.set(topic, payload.toString());
    });
  }

  static async start(context: TestContext, broker: Mosquitto): Promise<Listening> {
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker.port}`);
    context.after(async () => await client.endAsync(true));
    const listening = new Listening(client);
    await client.subscribeAsync(["ha/#", "headrace/#"], { qos: 1 });
    return listening;
  }

  document(topic: string): Record<string, unknown> {
    return JSON.parse(this.topics.get(topic) ?? "null") as Record<string, unknown>;
  }
}

/** Rows that Home Assistant shows; to others they are nothing. */
const AVERAGES = `CREATE TABLE averages (device STRING, avg_t DOUBLE, n BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO averages SELECT device, AVG(t), COUNT(*)
FROM TABLE(TUMBLE(TABLE press, DESCRIPTOR(event_time), INTERVAL '5' SECOND))
GROUP BY device, window_start, window_end;`;
const SHOWN =
  "  publish: {homeAssistant: {prefix: ha, results: [{rule: averages, columns: {avg_t: Cel}, expireAfter: 1m}]}}";
const THERE = '  availability: {topic: "press/{line}/{device}/there", offline: [lost, ended]}\n';

const RESULT = "headrace/test/result/averages/p 7";
const ALARM = "headrace/test/alarm/press.t_high/p 7";
const AVAILABILITY = "headrace/test/availability";
const PRESS = "ha/device/headrace__test__press__l1__p_20_7/config";
const PUMP = "ha/device/headrace__test__pump__l1__q/config";

describe("discovery for Home Assistant", () => {
  it("is retained by the broker for each device heard, and follows the profiles", async (context) => {
    if (!requireService(context, "mosquitto")) return;
    const broker = await startMosquitto();
    context.after(async () => await broker.stop());
    const listening = await Listening.start(context, broker);
    const { topics, client } = listening;
    const foreign = JSON.stringify({ device: { identifiers: ["headrace__other__press__l1__x"] } });
    await client.publishAsync("ha/device/other/config", foreign, { retain: true });
    const site = new Site(context, {
      rules: { press: rule("press"), pump: rule("pump"), averages: AVERAGES },
      listener: `limits: {connections: 10}}\n  - {name: broker, url: "mqtt://127.0.0.1:${broker.port}"`,
      yaml: "profiles: [profiles/*.yaml]\n",
      files: {
        "profiles/press.yaml": profile(
          "press",
          T,
          `  quality: {silentFor: 90s}\n${THERE}${LIMITS}\n${SHOWN}`,
        ),
        "profiles/pump.yaml": profile("pump", V, PUBLISH),
      },
    });
    const first = await site.ready();
    await until(
      "the link",
      async () => (await first.metric('headrace_connections{source="broker"}')) === 1,
    );
    // Where windows of 5 seconds begin.
    const beganMs = Math.floor(Date.now() / 5000) * 5000 - 60_000;
    const send = async (topic: string, second: number, t: number): Promise<void> => {
      const payload = JSON.stringify({ ts: beganMs + second * 1000, t, v: 2 });
      await client.publishAsync(topic, payload, { qos: 1 });
    };
    await send("press/l1/p 7", 0, 1);
    await send("pump/l1/q", 0, 1);
    await until("both documents", async () => topics.has(PRESS) && topics.has(PUMP));
    for (const topic of [PRESS, PUMP]) {
      const { error } = documentedDiscovery.safeParse(listening.document(topic));
      assert.equal(error, undefined, `${topic}: ${error?.message}`);
    }
    const { state_topic: stateTopic, components, availability } = listening.document(PRESS);
    const [there] = availability as readonly { topic: string; value_template: string }[];
    assert.equal(there?.topic, "press/l1/p 7/there");
    assert.match(there.value_template, /value in \['lost', 'ended'\] %\}offline/);
    const average = (components as Record<string, Record<string, unknown>>)[
      "result-averages-avg_t"
    ];
    assert.equal(average?.["state_topic"], RESULT);
    assert.equal(average["expire_after"], 60);
    assert.equal(stateTopic, "press/l1/p 7");
    assert.equal((components as { t: { expire_after: number } }).t.expire_after, 90);
    assert.equal(await first.metric('headrace_discovery_waiting{source="broker"}'), 0);
    assert.equal(await first.metric('headrace_discovery_published_total{source="broker"}'), 3);

    // An alarm goes by event time: a later row moves the watermark past the one that decides.
    for (const second of [1, 11]) await send("press/l1/p 7", second, 60);
    await until("the alarm", async () => topics.get(ALARM) === "ON");
    for (const second of [12, 22]) await send("press/l1/p 7", second, 10);
    await until("its end", async () => topics.get(ALARM) === "OFF");
    assert.equal(topics.get(AVAILABILITY), "online");
    const alarm = (components as Record<string, Record<string, string>>)["alarm-t_high"];
    assert.equal(alarm?.["state_topic"], ALARM);
    assert.deepEqual(alarm["availability"], [{ topic: AVAILABILITY }]);
    // Of the newest window that is over: 60 at 11 seconds, 10 at 12.
    await until("its result", async () => {
      const { avg_t: mean, n } = listening.document(RESULT) as { avg_t?: number; n?: number };
      return mean === 35 && n === 2;
    });
    await first.program.end();
    await until("that it is gone", async () => topics.get(AVAILABILITY) === "offline");

    // One has another measurement, the other publishes no more; nobody sends anything.
    writeFileSync(join(site.folder, "profiles/press.yaml"), profile("press", T + V, PUBLISH));
    writeFileSync(join(site.folder, "profiles/pump.yaml"), profile("pump", V, ""));
    const second = await site.ready();
    await until("the new documents", async () => {
      return (
        !topics.has(PUMP) &&
        !topics.has(ALARM) &&
        !topics.has(RESULT) &&
        Object.hasOwn(listening.document(PRESS)["components"] as object, "v")
      );
    });
    assert.equal(topics.get("ha/device/other/config"), foreign);

    // A broker that has lost what it retained is told again.
    await client.publishAsync(PRESS, "", { retain: true, qos: 1 });
    await broker.end("SIGKILL");
    await broker.start();
    await until("the document again", async () => topics.has(PRESS));
    await second.program.end();

    // The last one publishes no more: nothing of ours stays, and the next life has nothing to look for.
    const note = join(site.data, "discovery.json");
    assert.ok(existsSync(note));
    writeFileSync(join(site.folder, "profiles/press.yaml"), profile("press", T + V, ""));
    const third = await site.ready();
    await until(
      "that nothing stays",
      async () => [...topics.keys()].join() === "ha/device/other/config",
    );
    await until("that it is done", async () => !existsSync(note));
    await third.program.end();
    assert.deepEqual([...topics.keys()], ["ha/device/other/config"]);
  });
});
