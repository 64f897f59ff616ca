// Fault 11: the peer of a TCP connection is gone without a word: the broker stands still with its sockets open, a device
// falls silent. Both are noticed within one and a half keep-alives. What the devices of the standing broker have for us
// comes when it goes on.

import { setTimeout as pause } from "node:timers/promises";

import { type GatewayProcess, listenPort } from "../kit/gateway-process.ts";
import type { Mosquitto } from "../kit/mosquitto.ts";
import { TestClient } from "../kit/mqtt-client.ts";
import type { Plant } from "../kit/plant/plant.ts";
import { metricsOf } from "./beside.ts";
import { Draw } from "./draw.ts";
import type { Fault, FaultContext, Outcome } from "./fault.ts";
import { plantOutcome } from "./outcome.ts";
import { smallPlant } from "./small-plant.ts";

const DEVICES = 8;
const SAMPLES = 300;
/** The gateway's own as a client: src/ingest/client.ts. */
const BROKER_KEEP_ALIVE_MS = 30_000;
const DEVICE_KEEP_ALIVE_SECONDS = 2;
/** What a busy machine may add. */
const TOLERANCE_MS = 3_000;
const LOOK_MS = 100;

export const halfOpen: Fault = {
  number: 11,
  title: "half-open TCP",
  injects:
    "SIGSTOP to mosquitto under load, its sockets stay open; a device of the direct listener that falls silent",
  expects:
    "each is noticed within 1.5 keep-alives; the other devices go on meanwhile; nothing lost, nothing twice",
  needs: ["kafka", "mosquitto"],
  run: async (context) => {
    const options = {
      sides: ["direct", "broker"],
      weather: "rough",
      devices: DEVICES,
      samples: SAMPLES,
    } as const;
    return await context.services.withPlant(
      smallPlant(context.seed, options),
      async (plant, { mosquitto }) => await fallSilent(plant, mosquitto, context),
    );
  },
};

async function fallSilent(
  plant: Plant,
  mosquitto: Mosquitto,
  { seed, log }: FaultContext,
): Promise<Outcome> {
  const draw = new Draw(halfOpen.number, seed);
  const gateway = await plant.start();
  await plant.acknowledged(draw.between(1, (DEVICES * SAMPLES) / 4), gateway);
  mosquitto.signal("SIGSTOP");
  const before = plant.fleets.acknowledged;
  const [brokerMs, deviceMs] = await Promise.all([untilBrokerIsGone(gateway), silentFor(gateway)]);
  const others = plant.fleets.acknowledged - before;
  mosquitto.signal("SIGCONT");
  log(`broker noticed in ${brokerMs} ms, device in ${deviceMs} ms, ${others} messages of others`);
  const problems = [
    ...tooLate("the broker", brokerMs, BROKER_KEEP_ALIVE_MS),
    ...tooLate("the device", deviceMs, DEVICE_KEEP_ALIVE_SECONDS * 1000),
    ...(others === 0 ? ["the other devices were held up"] : []),
  ];
  await plant.stop(gateway);
  return plantOutcome(plant, {
    injected: { broker: 1, device: 1 },
    report: await plant.finish(),
    problems,
  });
}

function tooLate(who: string, tookMs: number, keepAliveMs: number): string[] {
  if (tookMs <= 1.5 * keepAliveMs + TOLERANCE_MS) return [];
  return [`${who} was noticed only after ${tookMs} ms`];
}

async function untilBrokerIsGone(gateway: GatewayProcess): Promise<number> {
  const sinceMs = performance.now();
  for (;;) {
    const isThere = (await metricsOf(gateway)).sum("headrace_connections", 'source="broker"') > 0;
    const tookMs = Math.round(performance.now() - sinceMs);
    if (!isThere || tookMs > 3 * BROKER_KEEP_ALIVE_MS) return tookMs;
    await pause(LOOK_MS);
  }
}

/** How long the gateway bears a device that says nothing. */
async function silentFor(gateway: GatewayProcess): Promise<number> {
  const client = await TestClient.connect({
    port: await listenPort(gateway),
    clientId: "silent",
    keepAliveSeconds: DEVICE_KEEP_ALIVE_SECONDS,
  });
  const sinceMs = performance.now();
  await client.closed;
  return Math.round(performance.now() - sinceMs);
}
