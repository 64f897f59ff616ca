// The plant of most faults: small devices with short windows, quick to run and to check.

import type { Scenario } from "../kit/plant/scenario.ts";
import type { FaultPlantOptions } from "./services.ts";

export type SmallPlantOptions = Pick<
  Scenario["options"],
  "sides" | "weather" | "devices" | "samples"
>;

export function smallPlant(seed: number, options: SmallPlantOptions): FaultPlantOptions {
  return {
    seed,
    speed: 10,
    scenario: { ...options, periodMs: 100, delayMs: 1000, everyRow: true },
  };
}
