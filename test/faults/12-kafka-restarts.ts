// Fault 12: Kafka's brokers go and come back under load. One broker is stopped, killed or frozen again and again, now and
// then together with the gateway; every fifth seed has a cluster of three, in which whoever leads a partition or
// coordinates the gateway's transactions goes.

import { setTimeout as pause } from "node:timers/promises";

import type { Broker } from "../kit/kafka/broker.ts";
import type { Cluster } from "../kit/kafka/cluster.ts";
import type { Plant } from "../kit/plant/plant.ts";
import { Draw } from "./draw.ts";
import type { Fault, FaultContext, Outcome } from "./fault.ts";
import { plantOutcome } from "./outcome.ts";
import type { PlantRun } from "./services.ts";
import { smallPlant } from "./small-plant.ts";

const ROUNDS = 6;
const MOST_ROUNDS = 30;
const DEVICES = 8;
/** Per device and round. */
const SAMPLES = 100;
const ROUND_MESSAGES = Math.floor((DEVICES * SAMPLES) / 1.5);
const CLUSTER_EVERY = 5;
const HOW = ["stop", "kill", "kill", "freeze"] as const;
/** A frozen broker answers again before requests time out, or after. */
const FREEZES_MS = [500, 2000, 12_000];
const AWAY_MS = 1_500;

export const kafkaRestarts: Fault = {
  number: 12,
  title: "Kafka broker restarts, leader moves",
  injects:
    "the broker is stopped, killed or frozen, a third of the times with the gateway; every fifth seed: in a cluster of three the leader of a " +
    "partition or the transaction coordinator is",
  expects: "acknowledgements go on, nothing lost, nothing twice, order kept, no alarm",
  needs: ["kafka"],
  mostInjections: MOST_ROUNDS,
  run: async (context) => {
    const { seed, services, injections = ROUNDS } = context;
    const plant = smallPlant(seed, {
      sides: ["direct"],
      weather: "rough",
      devices: DEVICES,
      samples: injections * SAMPLES,
    });
    if (seed % CLUSTER_EVERY > 0) {
      const { broker } = await services.kafka();
      return await services.withPlant(plant, async (each) => {
        return await restartAgainAndAgain(each, context, async () => ({ name: "", broker }));
      });
    }
    const cluster = await services.cluster();
    return await services.withPlant({ ...plant, kafka: cluster }, async (each, run) => {
      return await restartAgainAndAgain(each, context, async (draw) => {
        return await victimOf(cluster, run, draw);
      });
    });
  },
};

interface Victim {
  readonly name: string;
  readonly broker: Broker;
}

async function restartAgainAndAgain(
  plant: Plant,
  { seed, log, injections: rounds = ROUNDS }: FaultContext,
  find: (draw: Draw) => Promise<Victim>,
): Promise<Outcome> {
  const draw = new Draw(kafkaRestarts.number, seed);
  const injected: Record<string, number> = {};
  let gateway = await plant.start();
  for (let round = 0; round < rounds; round++) {
    await plant.acknowledged(draw.between(1, ROUND_MESSAGES), gateway);
    const how = draw.pick(HOW);
    const withGateway = draw.below(3) === 0;
    const { name, broker } = await find(draw);
    const kind = `${name}${how}${withGateway ? ", and the gateway killed" : ""}`;
    const away = goAndComeBack(broker, how, draw);
    if (withGateway) {
      await plant.kill(gateway);
      gateway = await plant.start();
    }
    // Kafka is not needed to take messages.
    await plant.acknowledged(draw.between(1, 50), gateway);
    await away;
    log(kind);
    injected[kind] = (injected[kind] ?? 0) + 1;
  }
  await plant.kill(gateway);
  return plantOutcome(plant, { injected, report: await plant.finish() });
}

async function goAndComeBack(broker: Broker, how: (typeof HOW)[number], draw: Draw): Promise<void> {
  if (how === "freeze") {
    const forMs = draw.pick(FREEZES_MS);
    broker.pause();
    await pause(forMs);
    broker.resume();
    return;
  }
  const awayMs = draw.below(AWAY_MS);
  await broker[how]();
  await pause(awayMs);
  await broker.start();
}

async function victimOf(
  cluster: Cluster,
  { gatewayId, topicPrefix }: PlantRun,
  draw: Draw,
): Promise<Victim> {
  const name = draw.pick(["leader", "coordinator"]);
  const broker =
    name === "leader"
      ? await cluster.leader(`${topicPrefix}direct_rows`, 0)
      : await cluster.coordinator(`headrace-${gatewayId}`);
  return { name: `${name}: `, broker };
}
