// Fault 22: Kafka takes a tenth of what comes in. Rows pile up on the disk until their lane is full; from then on
// devices wait. The gateway's memory stays what it is, and when Kafka is quick again everything leaves.

import { setTimeout as pause } from "node:timers/promises";

import { usageOf } from "../kit/process-usage.ts";
import { type GatewayProcess, scrape } from "../kit/gateway-process.ts";
import type { KafkaProxy } from "../kit/kafka/proxy.ts";
import type { Plant } from "../kit/plant/plant.ts";
import { Draw } from "./draw.ts";
import type { Fault, FaultContext, Outcome } from "./fault.ts";
import { plantOutcome } from "./outcome.ts";
import { smallPlant } from "./small-plant.ts";

const DEVICES = 16;
const SAMPLES = 1_000;
/** Messages of about 150 bytes make rows of as many. */
const SPEED = 20;
const LANE_MIB = 1;
/** Bytes per second that the link carries. */
const SLOW_BYTES = [10_000, 25_000] as const;
const FULL_SHARE = 0.9;
const FULL_MS = 60_000;
/** Full for so long. */
const HOLD_MS = 5_000;
const GROWTH_MIB = 40;
const LOOK_MS = 250;

export const slowKafka: Fault = {
  number: 22,
  title: "slow Kafka",
  injects: `the link to Kafka carries 10–25 kB/s, a tenth of what comes in, until a lane of ${LANE_MIB} MiB is full, and 5 s more`,
  expects:
    "rows pile up on the disk to the quota, then devices wait; memory grows by less than 40 MiB; then all leaves; nothing lost, nothing twice",
  needs: ["kafka"],
  run: async (context) => {
    const kafka = await context.services.kafka();
    const plant = smallPlant(context.seed, {
      sides: ["direct"],
      weather: "rough",
      devices: DEVICES,
      samples: SAMPLES,
    });
    const yaml = `store: {lanes: {result: {quota: ${LANE_MIB}MiB, whenFull: block}}}\n`;
    try {
      return await context.services.withPlant(
        { ...plant, speed: SPEED, yaml },
        async (each) => await slowDown(each, kafka.proxy, context),
      );
    } finally {
      kafka.restore();
    }
  },
};

async function slowDown(
  plant: Plant,
  proxy: KafkaProxy,
  { seed, log }: FaultContext,
): Promise<Outcome> {
  const draw = new Draw(slowKafka.number, seed);
  const gateway = await plant.start();
  await plant.acknowledged(500, gateway);
  const before = usageOf(gateway.pid).rssMiB;
  proxy.options = { bytesPerSecond: draw.between(...SLOW_BYTES), latencyMs: draw.below(100) };
  const isFull = await fills(gateway, plant);
  await pause(HOLD_MS);
  const { rssMiB, peakMiB } = usageOf(gateway.pid);
  proxy.options = {};
  const figures = `resident ${before.toFixed(0)} MiB before, ${rssMiB.toFixed(0)} when full, ${peakMiB.toFixed(0)} at most`;
  log(figures);
  const problems = [
    ...(isFull ? [] : ["the lane was never full"]),
    ...(rssMiB - before > GROWTH_MIB ? [figures] : []),
  ];
  await plant.stop(gateway);
  const report = await plant.finish();
  return plantOutcome(plant, { injected: { "lane full": isFull ? 1 : 0 }, report, problems });
}

/** Whether the lane fills up before there is nothing left to send. */
async function fills(gateway: GatewayProcess, plant: Plant): Promise<boolean> {
  const { http } = await gateway.ready;
  const deadline = performance.now() + FULL_MS;
  while (performance.now() < deadline && !plant.fleets.atEnd) {
    const bytes = (await scrape(http ?? "")).sum("headrace_outbox_bytes", 'lane="result"');
    if (bytes > FULL_SHARE * LANE_MIB * 1024 * 1024) return true;
    await pause(LOOK_MS);
  }
  return false;
}
