// Fault 27: the way to Kafka is bad: narrow, slow, lossy, flapping, or all of it. Loss shows as delay, since TCP repairs it:
// a third of the frames come late.

import { setTimeout as pause } from "node:timers/promises";

import type { KafkaProxy } from "../kit/kafka/proxy.ts";
import type { Plant } from "../kit/plant/plant.ts";
import { Draw } from "./draw.ts";
import type { Fault, FaultContext, Outcome } from "./fault.ts";
import { plantOutcome } from "./outcome.ts";
import { smallPlant } from "./small-plant.ts";

const DEVICES = 8;
const SAMPLES = 900;
/** 160 messages a second: all phases are full of them. */
const SPEED = 2;
const KINDS = ["narrow", "far", "lossy", "flapping", "all of it"] as const;
type Kind = (typeof KINDS)[number];

/** 256 kbit/s. */
const NARROW_BYTES = 32_000;
const FAR_MS = 500;
const LOSS_SHARE = 0.3;
/** What a repetition after a loss takes. */
const REPAIR_MS = [200, 1500] as const;
const APIS = ["Produce", "EndTxn", "AddPartitionsToTxn", "InitProducerId", "Fetch", "Metadata"];
const PHASE_MS = 5_000;
const FLAP_MS = [100, 900] as const;
/** An ordinary link has 25 requests a second (five transactions); an opening has about 15. */
const STORM_PER_SECOND = 100;

export const badUplink: Fault = {
  number: 27,
  title: "bad uplink: loss, latency, narrow, flapping",
  injects:
    "for 5 s each: 256 kbit/s; answers 500 ms later; 30 % of the frames late by 0.2–1.5 s; the link cut every 0.1–0.9 s; all of it together",
  expects: "acknowledgements go on, nothing lost, nothing twice, no storm of requests",
  needs: ["kafka"],
  run: async (context) => {
    const kafka = await context.services.kafka();
    const options = {
      sides: ["direct"],
      weather: "rough",
      devices: DEVICES,
      samples: SAMPLES,
    } as const;
    try {
      return await context.services.withPlant(
        { ...smallPlant(context.seed, options), speed: SPEED },
        async (plant) => await worsen(plant, kafka.proxy, context),
      );
    } finally {
      kafka.restore();
    }
  },
};

async function worsen(
  plant: Plant,
  proxy: KafkaProxy,
  { seed, log }: FaultContext,
): Promise<Outcome> {
  const draw = new Draw(badUplink.number, seed);
  const injected: Record<string, number> = {};
  const problems: string[] = [];
  const gateway = await plant.start();
  await plant.acknowledged(50, gateway);
  for (const kind of draw.shuffle(KINDS)) {
    const requests = proxy.requests;
    const acknowledged = plant.fleets.acknowledged;
    set(proxy, kind, draw);
    if (kind === "flapping" || kind === "all of it") await flap(proxy, draw);
    else await pause(PHASE_MS);
    const perSecond = Math.round(((proxy.requests - requests) * 1000) / PHASE_MS);
    const more = plant.fleets.acknowledged - acknowledged;
    log(`${kind}: ${perSecond} requests a second, ${more} acknowledgements`);
    if (perSecond > STORM_PER_SECOND) problems.push(`${kind}: ${perSecond} requests a second`);
    if (more === 0 && !plant.fleets.atEnd) problems.push(`${kind}: no acknowledgement`);
    proxy.clear();
    proxy.options = {};
    injected[kind] = (injected[kind] ?? 0) + 1;
  }
  await plant.stop(gateway);
  return plantOutcome(plant, { injected, report: await plant.finish(), problems });
}

function set(proxy: KafkaProxy, kind: Kind, draw: Draw): void {
  const is = (name: Kind): boolean => kind === name || kind === "all of it";
  proxy.options = {
    random: () => draw.below(1000) / 1000,
    ...(is("narrow") && { bytesPerSecond: NARROW_BYTES }),
    ...(is("far") && { latencyMs: FAR_MS }),
  };
  if (!is("lossy")) return;
  for (const api of APIS) {
    for (const when of ["request", "response"] as const)
      proxy.add({ api, when, probability: LOSS_SHARE, delayMs: draw.between(...REPAIR_MS) });
  }
}

async function flap(proxy: KafkaProxy, draw: Draw): Promise<void> {
  for (let leftMs = PHASE_MS; leftMs > 0;) {
    const waitMs = Math.min(leftMs, draw.between(...FLAP_MS));
    await pause(waitMs);
    proxy.cut();
    leftMs -= waitMs;
  }
}
