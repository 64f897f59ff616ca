// Fault 4: the disk is full: a small filesystem of the data folder's own, filled up by somebody else to below the reserve
// or to the last block, while the gateway runs and before it starts. It must not acknowledge what it cannot keep, must
// stay, and must go on by itself when there is room again. And the same of the database's page quota (page-quota.ts).

import { performance } from "node:perf_hooks";

import type { GatewayProcess } from "../kit/gateway-process.ts";
import type { Plant } from "../kit/plant/plant.ts";
import { SmallDisk } from "../kit/small-disk.ts";
import { Draw } from "./draw.ts";
import type { Fault, FaultContext, Outcome } from "./fault.ts";
import { bothOutcomes, plantOutcome } from "./outcome.ts";
import { fillQuota } from "./page-quota.ts";
import { smallPlant } from "./small-plant.ts";
import { stalled } from "./stalled.ts";

const MIB = 1024 * 1024;
const DISK_MIB = 160;
/** Left free: nothing; a part of the reserve. */
const LEFT = [0, 0, 3 * MIB, 30 * MIB];
const ROUNDS = 3;
const DEVICES = 8;
const SAMPLES = 300;
const ROUND_MESSAGES = Math.floor((DEVICES * SAMPLES) / (ROUNDS * 2));
/** From the moment there is room again: a worker that has ended is replaced after some seconds, and devices come back. */
const RESUME_MS = 10_000;

export const diskFull: Fault = {
  number: 4,
  title: "disk full",
  injects:
    "a filesystem of 160 MiB is filled to a drawn rest below the reserve, or to its last block, under the running gateway and before a start; the page quota is taken up before a start",
  expects:
    "no acknowledgement, the process stays, a start succeeds, what waits is delivered where the disk lets it, it goes on by itself within 10 s of room; " +
    "nothing lost, nothing twice",
  needs: ["kafka", "mount"],
  run: async (context) => {
    const options = {
      sides: ["direct"],
      weather: "rough",
      devices: DEVICES,
      samples: SAMPLES,
    } as const;
    const draw = new Draw(diskFull.number, context.seed);
    const plant = smallPlant(context.seed, options);
    const disk = await context.services.withPlant(plant, async (each) => {
      const small = new SmallDisk(DISK_MIB, each.workspace.data);
      try {
        return await fillAgainAndAgain(each, { disk: small, draw }, context);
      } finally {
        small.dispose();
      }
    });
    return bothOutcomes(disk, await fillQuota(draw, context));
  },
};

async function fillAgainAndAgain(
  plant: Plant,
  { disk, draw }: { readonly disk: SmallDisk; readonly draw: Draw },
  { log }: FaultContext,
): Promise<Outcome> {
  const injected: Record<string, number> = {};
  const problems: string[] = [];
  let gateway = await plant.start();
  for (let round = 0; round < ROUNDS; round++) {
    await plant.acknowledged(draw.between(1, ROUND_MESSAGES), gateway);
    const left = draw.pick(LEFT);
    const beforeStart = round === ROUNDS - 1;
    if (beforeStart) await plant.kill(gateway);
    disk.fill(left);
    if (beforeStart) gateway = await plant.start();
    const kind = `${left === 0 ? "to the last block" : "below the reserve"}, ${beforeStart ? "before a start" : "running"}`;
    injected[kind] = (injected[kind] ?? 0) + 1;
    await stalled(plant.fleets);
    problems.push(...(await resumed(plant, gateway, disk)).map((text) => `${kind}: ${text}`));
    log(`filled ${kind}`);
  }
  await plant.kill(gateway);
  const report = await plant.finish();
  return plantOutcome(plant, {
    injected,
    report,
    problems,
    expectedErrors: /the core worker ended|data directory cannot be written/,
  });
}

/** Makes room, and waits for the next acknowledgement. Returns what is not as it must be. */
async function resumed(plant: Plant, gateway: GatewayProcess, disk: SmallDisk): Promise<string[]> {
  const sinceMs = performance.now();
  disk.free();
  await plant.acknowledged(1, gateway);
  const tookMs = Math.round(performance.now() - sinceMs);
  if (!gateway.running) return ["the gateway has ended", gateway.tail(10)];
  return tookMs > RESUME_MS ? [`it went on only after ${tookMs} ms`] : [];
}
