// Fault 18: duplicates and disorder: a tenth of all messages is sent again by its device, half of those with DUP; a fifth
// is out of order, some are hopelessly late; and links break, after which what was under way comes again. No kill: what
// comes out must be what a recomputation from the devices' own records says.

import type { Plant } from "../kit/plant/plant.ts";
import { Draw } from "./draw.ts";
import type { Fault, FaultContext, Outcome } from "./fault.ts";
import { plantOutcome } from "./outcome.ts";
import { smallPlant } from "./small-plant.ts";

const SIDES = ["direct", "broker"] as const;
const DEVICES = 10;
const SAMPLES = 500;
const BREAKS = 40;
const BETWEEN_MESSAGES = Math.floor((DEVICES * SAMPLES) / (BREAKS * 1.3));

export const disorder: Fault = {
  number: 18,
  title: "duplicates and disorder",
  injects:
    "10 % of all messages sent again by their devices, half with DUP, 20 % out of order, 1 % late; 40 broken links with messages under way",
  expects: "windows, rows and alarms equal a recomputation; nothing lost, nothing twice",
  needs: ["kafka", "mosquitto"],
  run: async (context) =>
    await context.services.withPlant(
      smallPlant(context.seed, {
        sides: SIDES,
        weather: "rough",
        devices: DEVICES,
        samples: SAMPLES,
      }),
      async (plant) => await breakLinks(plant, context),
    ),
};

async function breakLinks(plant: Plant, { seed, log }: FaultContext): Promise<Outcome> {
  const draw = new Draw(disorder.number, seed);
  const { fleets } = plant;
  const gateway = await plant.start();
  for (let turn = 0; turn < BREAKS; turn++) {
    await plant.acknowledged(draw.between(1, BETWEEN_MESSAGES), gateway);
    fleets.breakLink(draw.pick(SIDES), draw.below(DEVICES));
  }
  await plant.stop(gateway);
  const report = await plant.finish();
  const stats = SIDES.map((side) => fleets.stats(side));
  const sum = (of: (side: (typeof stats)[number]) => number): number =>
    stats.reduce((total, side) => total + of(side), 0);
  const facts = SIDES.reduce((total, side) => total + fleets.truth(side).records().length, 0);
  const injected = {
    "broken link": BREAKS,
    "sent again by the device": sum(({ sent }) => sent) - facts,
    "sent again after a broken link": sum(({ repeated }) => repeated),
  };
  log(JSON.stringify(injected));
  return plantOutcome(plant, { injected, report });
}
