// Fault 23: memory runs out: the gateway may take only little more than it has, while devices send large messages.
// Back-pressure may keep it within that; if not, it dies of it, which is a kill like any other. No cgroup: the limit is that
// of the process on what it may write to (RLIMIT_DATA), which fails allocations instead of killing.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

import { findCommand } from "../kit/services.ts";
import { type GatewayProcess, listenPort } from "../kit/gateway-process.ts";
import { TestClient } from "../kit/mqtt-client.ts";
import type { Plant } from "../kit/plant/plant.ts";
import { Draw } from "./draw.ts";
import type { Fault, FaultContext, Outcome } from "./fault.ts";
import { plantOutcome } from "./outcome.ts";
import { smallPlant } from "./small-plant.ts";

const DEVICES = 8;
const SAMPLES = 300;
const LIVES = 5;
const LIFE_MESSAGES = Math.floor((DEVICES * SAMPLES) / (LIVES * 1.5));
/** What it may take beyond what it has, in MiB. */
const LEFT_MIB = [0, 8, 64, 256, 512] as const;
const LARGE_CLIENTS = 20;
const LARGE_MESSAGES = 10;
const LARGE_BYTES = 512 * 1024;
const KIB = 1024;

export const memoryPressure: Fault = {
  number: 23,
  title: "memory pressure",
  injects: `the process may write to only 0 to 512 MiB more than it has, in a drawn order, while ${LARGE_CLIENTS} clients send ${LARGE_MESSAGES} messages of 512 KiB each beside the plant`,
  expects: "it keeps within it, or dies and starts again in 5 s; nothing lost, nothing twice",
  needs: ["kafka"],
  run: async (context) => {
    const options = {
      sides: ["direct"],
      weather: "rough",
      devices: DEVICES,
      samples: SAMPLES,
    } as const;
    return await context.services.withPlant(
      smallPlant(context.seed, options),
      async (plant) => await squeezeAgainAndAgain(plant, context),
    );
  },
};

async function squeezeAgainAndAgain(plant: Plant, { seed, log }: FaultContext): Promise<Outcome> {
  const draw = new Draw(memoryPressure.number, seed);
  const injected: Record<string, number> = {};
  for (const left of draw.shuffle(LEFT_MIB)) {
    const gateway = await plant.start();
    await plant.acknowledged(draw.between(1, LIFE_MESSAGES / 2), gateway);
    limitData(gateway, left);
    const large = sendLarge(gateway);
    await plant.acknowledged(LIFE_MESSAGES / 2, gateway);
    const how = gateway.running ? "kept within it" : "died of it";
    await plant.kill(gateway);
    await large;
    log(`${left} MiB more: ${how}`);
    injected[how] = (injected[how] ?? 0) + 1;
  }
  // Whoever dies of it may say so.
  const expectedErrors = /^/;
  return plantOutcome(plant, { injected, report: await plant.finish(), expectedErrors });
}

/** From now on the process may have so much more than it has. */
function limitData({ pid }: GatewayProcess, moreMiB: number): void {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kib = Number(/^VmData:\s+(\d+) kB/m.exec(status)?.[1]);
  const bytes = (kib + moreMiB * KIB) * KIB;
  execFileSync(findCommand("prlimit") ?? "prlimit", ["--pid", `${pid}`, `--data=${bytes}`]);
}

/** To a topic that no table reads; resolves when all have been acknowledged or cut off. */
async function sendLarge(gateway: GatewayProcess): Promise<void> {
  const port = await listenPort(gateway);
  const payload = Buffer.alloc(LARGE_BYTES, "x");
  const one = async (n: number): Promise<void> => {
    const client = await TestClient.connect({ port, clientId: `large-${n}` });
    for (let turn = 0; turn < LARGE_MESSAGES; turn++) client.post("nobody/reads/this", payload);
    await client.until(() => client.pubacks.length === LARGE_MESSAGES);
    await client.end();
  };
  await Promise.allSettled(Array.from({ length: LARGE_CLIENTS }, async (_, n) => await one(n)));
}
