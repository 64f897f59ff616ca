// What deploy/mosquitto/mosquitto.conf promises, and what it says it cannot.

import assert from "node:assert/strict";
import { test } from "node:test";

import { packetOf, TestClient } from "../kit/mqtt-client.ts";
import { requireService } from "../kit/services.ts";
import {
  connected,
  payloads,
  publishAll,
  range,
  rigWithMosquitto,
  source,
  subscribed,
  until,
} from "./broker-rig.ts";

test("deployed mosquitto.conf: what is queued for an absent gateway survives a clean restart, without a limit", async (t) => {
  if (!requireService(t, "mosquitto")) return;
  const rig = await rigWithMosquitto(t);
  const { port } = rig.mosquitto;
  const reader = await TestClient.connect({ port, clientId: "reader", cleanStart: false });
  reader.send(packetOf(0x82, Buffer.from("\0\x01\0\x07plant/#\x01", "latin1")));
  await reader.until(() => reader.others.length === 1);
  await reader.cut();
  // Twenty times the default limit of 1000, in which 19,000 would be dropped without a word.
  await publishAll(rig, 20_000);
  await rig.mosquitto.end("SIGTERM");
  await rig.mosquitto.start();
  const client = source(rig, t, { clientId: "reader" });
  client.start();
  await until(() => client.stats.acknowledged === 20_000);
  assert.deepEqual(payloads(rig), range(20_000));
});

test("deployed mosquitto.conf: a kill -9 loses what was queued since the last save, as its comments say", async (t) => {
  if (!requireService(t, "mosquitto")) return;
  const rig = await rigWithMosquitto(t);
  const first = source(rig, t);
  first.start();
  await subscribed(rig);
  await first.close();
  rig.mosquitto.signal("SIGUSR1");
  await until(() => rig.mosquitto.log.some((line) => line.includes("Saving in-memory database")));
  await publishAll(rig, 900);
  await rig.mosquitto.end("SIGKILL");
  await rig.mosquitto.start();
  rig.sessions = rig.newSessions([...rig.store.records.values()]);
  const second = source(rig, t);
  second.start();
  await connected(second);
  await publishAll(rig, 1, 900);
  await until(() => rig.worker.messages.length > 0);
  assert.deepEqual(payloads(rig), [900], "the session was saved, the 900 messages were not");
});
