// Waiting for nothing to happen.

import { setTimeout as pause } from "node:timers/promises";

import type { Fleets } from "../kit/plant/fleets.ts";

/** Devices look for their gateway, and a batch that may not run is tried again, several times within this. */
const QUIET_MS = 1_500;
const PATIENCE_MS = 30_000;

/** Resolves when no device of the first side has had an acknowledgement for a while. */
export async function stalled(fleets: Fleets): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (let before = -1; before !== fleets.acknowledged;) {
    if (performance.now() > deadline) throw new Error("acknowledgements go on and on");
    before = fleets.acknowledged;
    await pause(QUIET_MS);
  }
}
