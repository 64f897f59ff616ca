// Fault 9: the MQTT broker between devices and gateway ends and comes back: in order, with its queues saved, while
// everybody sends; and by a crash, after which it believes what it last wrote, and sends again what was acknowledged since.
// What a crashing broker loses of messages that it had not handed over is its own loss, so there is none of them then.

import { setTimeout as pause } from "node:timers/promises";

import type { GatewayProcess } from "../kit/gateway-process.ts";
import type { Mosquitto } from "../kit/mosquitto.ts";
import type { Plant } from "../kit/plant/plant.ts";
import { metricsOf } from "./beside.ts";
import { Draw } from "./draw.ts";
import type { Fault, FaultContext, Outcome } from "./fault.ts";
import { plantOutcome } from "./outcome.ts";
import { smallPlant } from "./small-plant.ts";
import { stalled } from "./stalled.ts";

const DEVICES = 8;
const SAMPLES = 600;
const ENDS = ["SIGTERM", "SIGKILL", "SIGTERM", "SIGKILL"] as const;
const ROUND_MESSAGES = Math.floor((DEVICES * SAMPLES) / (ENDS.length * 2));
const DOWN_MS = 500;
/** The wait between two tries stays below 4 s when the broker was away for so short a time. */
const CONNECTED_MS = 10_000;
const LOOK_MS = 50;

export const brokerRestarts: Fault = {
  number: 9,
  title: "MQTT broker restarts",
  injects:
    "mosquitto ends by SIGTERM under load, or by SIGKILL some messages after it has written its state, and starts again",
  expects:
    "connected again in 10 s; nothing that was acknowledged is lost, nothing twice, whatever the broker sends again",
  needs: ["kafka", "mosquitto"],
  run: async (context) => {
    const options = {
      sides: ["broker"],
      weather: "rough",
      devices: DEVICES,
      samples: SAMPLES,
    } as const;
    return await context.services.withPlant(
      smallPlant(context.seed, options),
      async (plant, { mosquitto }) => await restartAgainAndAgain(plant, mosquitto, context),
    );
  },
};

async function restartAgainAndAgain(
  plant: Plant,
  mosquitto: Mosquitto,
  { seed, log }: FaultContext,
): Promise<Outcome> {
  const draw = new Draw(brokerRestarts.number, seed);
  const injected = { SIGTERM: 0, SIGKILL: 0 };
  const problems: string[] = [];
  const gateway = await plant.start();
  const signals = draw.shuffle(ENDS);
  for (const signal of signals) {
    await plant.acknowledged(draw.between(1, ROUND_MESSAGES), gateway);
    if (signal === "SIGKILL") await crash(plant, mosquitto, draw, gateway);
    else await mosquitto.end(signal);
    await pause(draw.below(DOWN_MS));
    await mosquitto.start();
    const tookMs = await connected(gateway);
    log(`${signal}, connected again in ${Math.round(tookMs)} ms`);
    if (tookMs > CONNECTED_MS) problems.push(`connected only ${Math.round(tookMs)} ms after it`);
    injected[signal]++;
  }
  await plant.stop(gateway);
  const report = await plant.finish();
  // Three ends within a minute might be two clients with one id.
  const expectedErrors = /keeps ending the connection/;
  return plantOutcome(plant, { injected, report, problems, expectedErrors });
}

/** The broker writes its state, hands over some more, and dies when it has nothing left to hand over. */
async function crash(
  plant: Plant,
  mosquitto: Mosquitto,
  draw: Draw,
  gateway: GatewayProcess,
): Promise<void> {
  const { gate } = plant.fleets;
  const { speed } = gate;
  mosquitto.signal("SIGUSR1");
  await plant.acknowledged(draw.between(1, 100), gateway);
  gate.speed = 0;
  await stalled(plant.fleets);
  await mosquitto.end("SIGKILL");
  gate.speed = speed;
}

/** Milliseconds until the gateway is connected to its broker; those of the patience if it is not. */
async function connected(gateway: GatewayProcess): Promise<number> {
  const sinceMs = performance.now();
  for (;;) {
    const metrics = await metricsOf(gateway);
    const tookMs = performance.now() - sinceMs;
    if (metrics.sum("headrace_connections", 'source="broker"') === 1) return tookMs;
    if (tookMs > 4 * CONNECTED_MS) return tookMs;
    await pause(LOOK_MS);
  }
}
