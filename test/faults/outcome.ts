// The outcome of a run with a plant: the verdict of the reader of Kafka and of the gateway's lives.

import { type Report } from "../../firmware-sim/checker/check.ts";
import type { Plant } from "../kit/plant/plant.ts";
import type { Outcome } from "./fault.ts";

/** After each fault the gateway takes messages again within this. */
export const READY_MS = 5_000;

export interface PlantVerdict {
  readonly injected: Outcome["injected"];
  readonly report: Report;
  /** Log lines at level error, and alarms about the gateway itself, that the fault is meant to bring about. */
  readonly expectedErrors?: RegExp;
  readonly expectedAlarms?: RegExp;
  readonly problems?: readonly string[];
}

export function plantOutcome(plant: Plant, verdict: PlantVerdict): Outcome {
  const { injected, report, expectedErrors, expectedAlarms, problems = [] } = verdict;
  const { counts } = report;
  const { tally } = plant;
  const errors = tally.errors.filter((line) => expectedErrors?.test(line) !== true);
  const alarms = tally.alarms.filter((alarm) => expectedAlarms?.test(alarm) !== true);
  const slow = tally.slowestReadyMs > READY_MS;
  return {
    injected,
    acknowledged: plant.allAcknowledged,
    lost: counts.lost,
    duplicated: counts.duplicated,
    wrong: counts.wrong + counts.unexpected + counts.reordered + counts.late,
    digestMismatches: tally.digestMismatches,
    slowestReadyMs: Math.round(tally.slowestReadyMs),
    problems: [
      ...report.examples,
      ...errors.map((line) => `error logged: ${line}`),
      ...alarms.map((alarm) => `alarm: ${alarm}`),
      ...(slow ? [`ready only after ${Math.round(tally.slowestReadyMs)} ms`] : []),
      ...problems,
    ],
  };
}

/** Two parts of one run as one outcome. */
export function bothOutcomes(a: Outcome, b: Outcome): Outcome {
  return {
    injected: { ...a.injected, ...b.injected },
    acknowledged: a.acknowledged + b.acknowledged,
    lost: a.lost + b.lost,
    duplicated: a.duplicated + b.duplicated,
    wrong: a.wrong + b.wrong,
    digestMismatches: a.digestMismatches + b.digestMismatches,
    slowestReadyMs: Math.max(a.slowestReadyMs, b.slowestReadyMs),
    problems: [...a.problems, ...b.problems],
  };
}
