// Client mode beside a real mosquitto.

import type { TestContext } from "node:test";

import type { MqttClientSource } from "../../src/ingest/client.ts";
import { type Mosquitto, startMosquitto } from "../kit/mosquitto.ts";
import { TestClient } from "../kit/mqtt-client.ts";
import { IngestRig } from "./support.ts";

/** The ingest stage by hand, with a broker beside it. */
export interface Rig extends IngestRig {
  readonly mosquitto: Mosquitto;
  /** What clients have told of their links. */
  readonly links: boolean[];
}

/** Starts a broker for one test; batches are flushed and committed all the time. */
export async function rigWithMosquitto(
  t: TestContext,
  config: readonly string[] = [],
): Promise<Rig> {
  const mosquitto = await startMosquitto({ config });
  t.after(() => mosquitto.stop());
  const rig = Object.assign(new IngestRig(), { mosquitto, links: [] });
  rig.worker.autoCommit = true;
  // The broker and the library live in real time.
  const flushing = setInterval(() => rig.batcher.flush(), 5);
  t.after(() => clearInterval(flushing));
  return rig;
}

/** A client source for that broker, to be started. */
export function source(
  rig: Rig,
  t: TestContext,
  options: {
    clientId?: string;
    filters?: readonly string[];
    receiveMaximum?: number;
    keepAliveSeconds?: number;
    username?: string;
    password?: string;
  } = {},
): MqttClientSource {
  const { filters = ["plant/#"], ...entry } = options;
  const url = `mqtt://127.0.0.1:${rig.mosquitto.port}`;
  const onLink = (isUp: boolean): void => void rig.links.push(isUp);
  const client = rig.client({ url, ...entry }, { filters, onLink });
  t.after(() => client.close());
  return client;
}

/** The broker has accepted it. */
export async function connected(client: MqttClientSource): Promise<void> {
  await until(() => client.connected);
}

/** The store has been told that the broker holds these subscriptions. */
export async function subscribed(
  rig: Rig,
  filters: readonly string[] = ["plant/#"],
): Promise<void> {
  await until(() => rig.store.records.get("gateway")?.filters?.join() === filters.join());
}

/** Looks at `condition` until it holds; the test's own time-out bounds it. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** `count` QoS 1 messages, each acknowledged by the broker. */
export async function publishAll(rig: Rig, count: number, first = 0): Promise<void> {
  const { port } = rig.mosquitto;
  const device = await TestClient.connect({ port, clientId: "device" });
  for (let i = first; i < first + count; i++) device.post("plant/a", String(i));
  await device.until(() => device.pubacks.length === count);
  await device.end();
}

/** The numbers that arrived as payloads. */
export function payloads(rig: Rig): number[] {
  return rig.worker.messages.map(({ payload }) => Number(payload.toString()));
}

/** 0 … count - 1. */
export function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
