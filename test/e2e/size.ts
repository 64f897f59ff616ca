// How large a run is, and which. The defaults are those of the acceptance test; smaller ones are for quick looks:
//   E2E_MESSAGES   facts per table (200,000; devices of 2,000 facts each, at least 5)
//   E2E_SEED       draws the workload, the crash points and the kill points (1)
//   E2E_LIVES      lives of the gateway that end before the last one, a share of each kind (26)
//   E2E_SPEED      virtual seconds per second while the gateway is up (12)

import { Scenario, SIDES } from "../kit/plant/scenario.ts";
import { FULL_LIVES, type LifeCounts } from "./lives.ts";

/** Facts per device. Smaller runs have fewer devices: the scenario's times need the length. */
export const SAMPLES = 2_000;

export interface Size {
  readonly seed: number;
  /** Devices per table. */
  readonly devices: number;
  readonly lives: LifeCounts;
  readonly speed: number;
  /** The command that repeats this run. */
  readonly command: string;
}

export function sizeOf(environment: NodeJS.ProcessEnv): Size {
  const number = (name: string, fallback: number): number => Number(environment[name] ?? fallback);
  const full = Object.values(FULL_LIVES).reduce((sum, count) => sum + count, 0);
  const share = number("E2E_LIVES", full) / full;
  const some = (count: number): number => Math.ceil(count * share);
  const set = ["E2E_MESSAGES", "E2E_SEED", "E2E_LIVES", "E2E_SPEED"].filter(
    (name) => environment[name] !== undefined,
  );
  return {
    seed: number("E2E_SEED", 1),
    devices: Math.max(5, Math.ceil(number("E2E_MESSAGES", 200_000) / SAMPLES)),
    lives: {
      afterCommit: some(FULL_LIVES.afterCommit),
      afterEndTxn: some(FULL_LIVES.afterEndTxn),
      kills: some(FULL_LIVES.kills),
      stops: some(FULL_LIVES.stops),
    },
    speed: number("E2E_SPEED", 12),
    command: [...set.map((name) => `${name}=${environment[name]}`), "npm run test:e2e"].join(" "),
  };
}

/** What the plant of a run does. */
export function e2eScenario(devices: number): Scenario {
  return new Scenario({
    sides: SIDES,
    devices,
    samples: SAMPLES,
    periodMs: 200,
    delayMs: 5_000,
    weather: "rough",
    everyRow: false,
    topicPrefix: "",
  });
}
