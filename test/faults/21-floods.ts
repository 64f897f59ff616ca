// Fault 21: more names than anybody has in good faith: every message under a topic and from a device of its own, and
// clients that come, say something and go, each under a new id. What is remembered is bounded, what is forgotten is
// counted, memory grows by a bounded amount, and the plant's devices are served.

import { type GatewayProcess, listenPort } from "../kit/gateway-process.ts";
import { TestClient } from "../kit/mqtt-client.ts";
import { usageOf } from "../kit/process-usage.ts";
import type { Plant } from "../kit/plant/plant.ts";
import { Beside, metricsOf } from "./beside.ts";
import { Draw } from "./draw.ts";
import type { Fault, FaultContext, Outcome } from "./fault.ts";
import { plantOutcome } from "./outcome.ts";
import { smallPlant } from "./small-plant.ts";

const DEVICES = 8;
const SAMPLES = 600;
/** Twice what is remembered of devices, more than is remembered of topics: core/limits.ts. */
const NAMES = 100_000;
const CLIENTS = 1_500;
const AT_ONCE = 50;
/** Tables of 50,000 devices, 65,536 topics and routes, with the garbage that filling them leaves. */
const GROWTH_MIB = 160;

export const floods: Fault = {
  number: 21,
  title: "topic flood, reconnect storm",
  injects: `${NAMES} messages under as many topics and from as many devices; ${CLIENTS} clients, ${AT_ONCE} at a time, that connect under a new id, send and are gone`,
  expects: `evictions are counted, resident memory grows by less than ${GROWTH_MIB} MiB, every message of the flood is acknowledged; the plant loses nothing, nothing twice`,
  needs: ["kafka"],
  run: async (context) => {
    const options = {
      sides: ["direct"],
      weather: "rough",
      devices: DEVICES,
      samples: SAMPLES,
    } as const;
    const { services } = context;
    return await services.withPlant(smallPlant(context.seed, options), async (plant) => {
      const table = {
        columns: "device STRING, seq BIGINT",
        options: ", 'identity.key' = 'device', 'identity.sequence' = 'seq'",
        outputs: {
          none: {
            columns: "device STRING",
            query: "SELECT device FROM beside WHERE seq < 0",
          },
        },
      };
      return await Beside.with(plant, services, table, async (beside) => {
        return await flood(plant, beside, context);
      });
    });
  },
};

async function flood(plant: Plant, beside: Beside, { seed, log }: FaultContext): Promise<Outcome> {
  const draw = new Draw(floods.number, seed);
  const gateway = await plant.start();
  await plant.acknowledged(draw.between(1, 500), gateway);
  const before = usageOf(gateway.pid).rssMiB;
  const client = await beside.connect(gateway);
  const names = draw.below(1_000_000);
  const storm = reconnectStorm(gateway, names);
  await beside.send(
    client,
    Array.from({ length: NAMES }, (_, n) => {
      const device = `d${names + n}`;
      return { topic: device, payload: `{"device":"${device}","seq":1}` };
    }),
  );
  const acknowledged = NAMES + (await storm);
  await client.end();
  const after = usageOf(gateway.pid).rssMiB;
  const metrics = await metricsOf(gateway);
  const evicted = metrics.sum("headrace_evictions_total");
  const figures = `resident ${before.toFixed(0)} MiB before, ${after.toFixed(0)} after; ${evicted} evictions`;
  log(figures);
  const problems = [
    ...(after - before > GROWTH_MIB ? [figures] : []),
    ...(evicted === 0 ? ["nothing was forgotten, or it was not counted"] : []),
    ...(acknowledged < NAMES + CLIENTS ? [`${acknowledged} were acknowledged`] : []),
  ];
  await plant.stop(gateway);
  const injected = { "topic flood": 1, "reconnect storm": 1 };
  const outcome = plantOutcome(plant, { injected, report: await plant.finish(), problems });
  return { ...outcome, acknowledged: outcome.acknowledged + acknowledged };
}

/** Returns how many of its messages were acknowledged; every second client breaks off instead of saying goodbye. */
async function reconnectStorm(gateway: GatewayProcess, names: number): Promise<number> {
  const port = await listenPort(gateway);
  let acknowledged = 0;
  const one = async (n: number): Promise<void> => {
    const clientId = `storm-${names + n}`;
    const client = await TestClient.connect({ port, clientId, cleanStart: false });
    await client.publish("nobody/reads/this", "storm");
    acknowledged++;
    await (n % 2 === 0 ? client.cut() : client.end());
  };
  for (let first = 0; first < CLIENTS; first += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, async (_, n) => await one(first + n)));
  }
  return acknowledged;
}
