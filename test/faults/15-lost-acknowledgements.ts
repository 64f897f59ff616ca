// Fault 15: Kafka has done it, but nobody is told: the connection ends between a request's arrival and its answer; above
// all that of the commit. Other requests are lost before they arrive. Half of the times the gateway is killed right then.

import { setTimeout as pause } from "node:timers/promises";

import type { GatewayProcess } from "../kit/gateway-process.ts";
import type { FaultRule, KafkaProxy } from "../kit/kafka/proxy.ts";
import type { Plant } from "../kit/plant/plant.ts";
import { Draw } from "./draw.ts";
import type { Fault, FaultContext, Outcome } from "./fault.ts";
import { plantOutcome } from "./outcome.ts";
import { smallPlant } from "./small-plant.ts";

const ROUNDS = 14;
const MOST_ROUNDS = 60;
const DEVICES = 8;
/** Per device and round. */
const SAMPLES = 45;
/** 160 messages a second: they go on through all openings. */
const SPEED = 2;
const ROUND_MESSAGES = 60;
/** Most are the answer of a commit. */
const LOSSES: readonly Pick<FaultRule, "api" | "when">[] = [
  ...Array.from({ length: 8 }, () => ({ api: "EndTxn", when: "response" }) as const),
  { api: "EndTxn", when: "request" },
  { api: "Produce", when: "response" },
  { api: "Produce", when: "request" },
  { api: "AddPartitionsToTxn", when: "response" },
  { api: "InitProducerId", when: "response" },
  { api: "Fetch", when: "response" },
];
/** Requests that only an opening makes. */
const OF_OPENING: ReadonlySet<string> = new Set(["InitProducerId", "Fetch"]);
const PATIENCE_MS = 60_000;

export const lostAcknowledgements: Fault = {
  number: 15,
  title: "acknowledgement lost after Kafka stored the rows",
  injects:
    "the link ends after Kafka has the request and before its answer is through (mostly the commit's), or before the request is; half of the times with a kill of the gateway",
  expects: "no gap, and nothing twice for a read_committed reader",
  needs: ["kafka"],
  mostInjections: MOST_ROUNDS,
  run: async (context) => {
    const { proxy } = await context.services.kafka();
    const options = {
      sides: ["direct"],
      weather: "rough",
      devices: DEVICES,
      samples: (context.injections ?? ROUNDS) * SAMPLES,
    } as const;
    try {
      return await context.services.withPlant(
        { ...smallPlant(context.seed, options), speed: SPEED },
        async (plant) => await loseAgainAndAgain(plant, proxy, context),
      );
    } finally {
      proxy.clear();
    }
  },
};

async function loseAgainAndAgain(
  plant: Plant,
  proxy: KafkaProxy,
  { seed, log, injections: rounds = ROUNDS }: FaultContext,
): Promise<Outcome> {
  const draw = new Draw(lostAcknowledgements.number, seed);
  const injected: Record<string, number> = {};
  let gateway = await plant.start();
  for (let round = 0; round < rounds; round++) {
    await plant.acknowledged(draw.between(1, ROUND_MESSAGES), gateway);
    const loss = draw.pick(LOSSES);
    const nth = OF_OPENING.has(loss.api) ? 1 : draw.between(1, 3);
    const isKilled = draw.below(2) === 0;
    proxy.clear();
    proxy.add({ ...loss, nth });
    // Only an error makes the uplink open anew: a connection that ends between requests is made again.
    if (OF_OPENING.has(loss.api)) proxy.add({ api: "EndTxn", when: "response", nth: 1 });
    if (!(await struck(proxy, loss, plant, gateway))) break;
    if (isKilled) {
      await plant.kill(gateway);
      gateway = await plant.start();
    }
    const kind = `${loss.api} ${loss.when}${isKilled ? ", and the gateway killed" : ""}`;
    log(kind);
    injected[kind] = (injected[kind] ?? 0) + 1;
  }
  proxy.clear();
  await plant.kill(gateway);
  return plantOutcome(plant, { injected, report: await plant.finish() });
}

/** Waits until it has happened once more; false: there was nothing left to send. */
async function struck(
  proxy: KafkaProxy,
  { api, when }: Pick<FaultRule, "api" | "when">,
  plant: Plant,
  gateway: GatewayProcess,
): Promise<boolean> {
  const name = `${api} ${when}`;
  const before = proxy.faults[name] ?? 0;
  const deadline = performance.now() + PATIENCE_MS;
  while ((proxy.faults[name] ?? 0) === before) {
    if (plant.fleets.atEnd) return false;
    if (performance.now() > deadline) throw new Error(`${name} was never lost\n${gateway.tail()}`);
    await pause(5);
  }
  return true;
}
