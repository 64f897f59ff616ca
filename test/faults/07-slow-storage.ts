// Fault 7: a card that is slow: every sync takes 200 ms, then one takes 5 s. Devices wait for their acknowledgements
// and for nothing else: their links are answered, what they may have under way is bounded, and so is memory.

import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { type GatewayProcess, listenPort } from "../kit/gateway-process.ts";
import { PINGREQ_PACKET, TestClient } from "../kit/mqtt-client.ts";
import { usageOf } from "../kit/process-usage.ts";
import type { Plant } from "../kit/plant/plant.ts";
import { metricsOf } from "./beside.ts";
import { Draw } from "./draw.ts";
import type { Fault, FaultContext, Outcome } from "./fault.ts";
import { plantOutcome } from "./outcome.ts";
import { shimEnvironment, slowText } from "./shim/build.ts";
import { smallPlant } from "./small-plant.ts";

const DEVICES = 8;
const SAMPLES = 600;
const SYNC_MS = 200;
const STALL_MS = 5_000;
const SLOW_MESSAGES = 400;
/** One device sends so many at once; a connection may have 1,000 without an acknowledgement. */
const FLOOD = 3_000;
const RECEIVE_MAXIMUM = 1_000;
/** What each of the plant's devices may have under way. */
const DEVICE_WINDOW = 100;
const GROWTH_MIB = 40;
const PING_MS = 300;
const KEEP_ALIVE_SECONDS = 1;

export const slowStorage: Fault = {
  number: 7,
  title: "slow storage: 200 ms syncs, a stall of 5 s",
  injects:
    "every sync takes 200 ms longer under load; then one takes 5 s while a device sends 3,000 messages at once and another keeps its link alive every second",
  expects:
    "links are answered and kept, at most 1,000 messages of the device are taken without an acknowledgement, memory grows by less than 40 MiB, nothing lost, nothing twice",
  needs: ["compiler", "kafka"],
  run: async (context) => {
    const options = {
      sides: ["direct"],
      weather: "rough",
      devices: DEVICES,
      samples: SAMPLES,
    } as const;
    return await context.services.withPlant(
      smallPlant(context.seed, options),
      async (plant) => await slowDown(plant, context),
    );
  },
};

async function slowDown(plant: Plant, { seed, log }: FaultContext): Promise<Outcome> {
  const draw = new Draw(slowStorage.number, seed);
  const switchFile = join(plant.workspace.folder, "slow");
  const environment = shimEnvironment({ folder: plant.workspace.data, switchFile });
  const gateway = await plant.start({ environment });
  await plant.acknowledged(draw.between(100, 500), gateway);
  const before = usageOf(gateway.pid).rssMiB;
  const connects = plant.fleets.stats("direct").connects;
  const link = await LiveLink.open(gateway);

  writeFileSync(switchFile, slowText(SYNC_MS));
  await plant.acknowledged(SLOW_MESSAGES, gateway);
  log(`${SLOW_MESSAGES} messages with syncs of ${SYNC_MS} ms`);
  writeFileSync(switchFile, slowText(STALL_MS));
  await plant.acknowledged(1, gateway); // the sync before the stall has ended
  const flood = await sendFlood(gateway);
  await pause(STALL_MS / 2);
  const open = await openMessages(gateway);
  const stalled = usageOf(gateway.pid).rssMiB;
  rmSync(switchFile);
  await flood.until(() => flood.pubacks.length === FLOOD);
  await flood.end();
  const figures = `resident ${before.toFixed(0)} MiB before, ${stalled.toFixed(0)} in the stall; ${open} messages open`;
  log(figures);

  const problems = [...(await link.close())];
  if (stalled - before > GROWTH_MIB) problems.push(figures);
  if (open > RECEIVE_MAXIMUM + DEVICES * DEVICE_WINDOW) problems.push(figures);
  if (plant.fleets.stats("direct").connects > connects) problems.push("a device was cut off");
  if (!gateway.running) problems.push("the gateway has ended", gateway.tail(10));
  await plant.kill(gateway);
  return plantOutcome(plant, {
    injected: { "slow syncs": 1, stall: 1 },
    report: await plant.finish(),
    problems,
  });
}

/** To a topic that no table reads. */
async function sendFlood(gateway: GatewayProcess): Promise<TestClient> {
  const client = await TestClient.connect({ port: await listenPort(gateway), clientId: "flood" });
  for (let n = 0; n < FLOOD; n++) client.post("nobody/reads/this", `${n}`);
  return client;
}

/** Messages taken and not acknowledged. */
async function openMessages(gateway: GatewayProcess): Promise<number> {
  const metrics = await metricsOf(gateway);
  const [received, acknowledged] = ["received", "acknowledged"].map((what) =>
    metrics.sum(`headrace_${what}_messages_total`),
  );
  return (received ?? 0) - (acknowledged ?? 0);
}

/** A device that sends nothing but PINGREQ. */
class LiveLink {
  readonly #client: TestClient;
  readonly #timer: NodeJS.Timeout;
  #sent = 0;
  #behind = 0;

  private constructor(client: TestClient) {
    this.#client = client;
    this.#timer = setInterval(() => {
      this.#behind = Math.max(this.#behind, this.#sent - client.pingresps);
      this.#sent++;
      client.send(PINGREQ_PACKET);
    }, PING_MS);
  }

  static async open(gateway: GatewayProcess): Promise<LiveLink> {
    const port = await listenPort(gateway);
    const options = { port, clientId: "live", keepAliveSeconds: KEEP_ALIVE_SECONDS };
    return new LiveLink(await TestClient.connect(options));
  }

  /** What was not as it must be. */
  async close(): Promise<string[]> {
    clearInterval(this.#timer);
    if (this.#client.socket.destroyed) return ["a link that was kept alive was cut"];
    await this.#client.end();
    const waitedMs = this.#behind * PING_MS;
    return waitedMs > STALL_MS / 2 ? [`a PINGREQ waited ${waitedMs} ms for its answer`] : [];
  }
}
