// Fault 2: power cut. The gateway runs with a shim in front of the C library that notes every change of the data folder.
// When it has died, the folder is replaced by what a card could hold then: everything synced, and of the rest nothing,
// something, or something torn. PUBACKs that were sent before count, whatever the card has lost.

import { existsSync } from "node:fs";
import { join } from "node:path";

import type { Plant } from "../kit/plant/plant.ts";
import { Draw } from "./draw.ts";
import type { Fault, FaultContext, Outcome } from "./fault.ts";
import { integrityOf } from "./integrity.ts";
import { plantOutcome } from "./outcome.ts";
import { smallPlant } from "./small-plant.ts";
import { PoweredFolder } from "./shim/power.ts";
import { cutStore } from "./store-cuts.ts";
import { type StoreRun, withStore } from "./store-run.ts";

/** Half of them of the store alone. */
const CUTS = 16;
const MOST_CUTS = 120;
/** A folder of the store alone grows with its lives, and what it takes to judge it. */
const STORE_LIVES = 8;
const DEVICES = 8;
/** Per device and life. */
const SAMPLES = 60;
/** Acknowledged on the direct side in one life, at most. */
const LIFE_MESSAGES = Math.floor((DEVICES * SAMPLES) / 1.5);
/** Changes of the data folder: in a start and its first batches, and in a life of so many messages, roughly. */
const LIFE_CHANGES = [100, 500];

export const powerCut: Fault = {
  number: 2,
  title: "power cut: writes not yet synced are lost, reordered, torn",
  injects:
    "the power goes at a drawn write or sync, or after a drawn number of messages; of what was not synced nothing, all, a prefix, " +
    "any part, or torn sectors survive; under a plant, and under the store alone with WAL copies and large checkpoints",
  expects: "nothing acknowledged is lost, nothing twice, the database whole, ready again in 5 s",
  needs: ["compiler", "kafka", "mosquitto"],
  mostInjections: MOST_CUTS,
  run: async (context) => {
    const { seed, services, injections = CUTS } = context;
    const draw = new Draw(powerCut.number, seed);
    const lives = Math.ceil(injections / 2);
    const stores: StoreRun[] = [];
    for (let left = injections - lives; left > 0; left -= STORE_LIVES)
      stores.push(await cutStore(Math.min(left, STORE_LIVES), draw));
    const plant = smallPlant(seed, {
      sides: ["direct", "broker"],
      weather: "rough",
      devices: DEVICES,
      samples: lives * SAMPLES,
    });
    const outcome = await services.withPlant(
      plant,
      async (each) => await cutPlant(each, { draw, lives }, context),
    );
    return withStore(stores, outcome);
  },
};

async function cutPlant(
  plant: Plant,
  { draw, lives }: { readonly draw: Draw; readonly lives: number },
  { log }: FaultContext,
): Promise<Outcome> {
  const injected: Record<string, number> = {};
  const problems: string[] = [];
  const { data } = plant.workspace;
  for (let life = 0; life < lives; life++) {
    const power = new PoweredFolder(data);
    const cutAt = draw.between(1, draw.pick(LIFE_CHANGES));
    const gateway = await plant.start({ environment: power.environment({ cutAt }), mayDie: true });
    await plant.acknowledged(draw.between(1, LIFE_MESSAGES), gateway);
    const byItself = !gateway.running;
    await plant.kill(gateway);
    const kind = power.cut(draw);
    log(`power cut ${life + 1}: ${kind}, ${byItself ? `at change ${cutAt}` : "between changes"}`);
    injected[kind] = (injected[kind] ?? 0) + 1;
    const verdict = existsSync(join(data, "headrace.db")) ? integrityOf(data) : "ok";
    if (verdict !== "ok") problems.push(`power cut ${life + 1} (${kind}): ${verdict}`);
  }
  return plantOutcome(plant, { injected, report: await plant.finish(), problems });
}
