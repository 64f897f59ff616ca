// What a fault of the table is to the harness: who it is, how it is injected, and one run of it.

import type { ServiceName } from "../kit/services.ts";
import type { FaultServices } from "./services.ts";

/** A row of the table in RELIABILITY.md that the harness can run. */
export interface Fault {
  readonly number: number;
  readonly title: string;
  /** How a run brings it about, for the report. */
  readonly injects: string;
  /** What must hold, for the report. */
  readonly expects: string;
  readonly needs: readonly ServiceName[];
  /** A run can be asked for more injections than it makes of its own accord, up to so many. */
  readonly mostInjections?: number;
  /** One run; everything in it that can be drawn is drawn from the seed. Throws if it could not be carried out. */
  run(context: FaultContext): Promise<Outcome>;
}

export interface FaultContext {
  readonly seed: number;
  readonly services: FaultServices;
  /** How many are asked for; undefined: as many as the fault has of its own accord. */
  readonly injections: number | undefined;
  /** A line for whoever watches. */
  log(text: string): void;
  /** How far a run of many minutes is: a line that is shown to everybody, every few minutes at most. */
  progress(text: string): void;
}

/** What a run showed. A run is good when nothing was lost, doubled or wrong and there are no problems. */
export interface Outcome {
  /** How often something was injected, by kind. */
  readonly injected: Readonly<Record<string, number>>;
  /** Where a fault goes through numbers (the Nth write): those that this run has met, by kind. */
  readonly met?: Readonly<Record<string, readonly number[]>>;
  /** Messages (or commits, where a fault is about the store alone) whose sender was told that they are safe. */
  readonly acknowledged: number;
  readonly lost: number;
  /** Acknowledged, destroyed by the fault itself beyond recovery, and told of by the gateway; default 0. */
  readonly destroyed?: number;
  readonly duplicated: number;
  /** Rows with other content, out of order, or that should not be there. */
  readonly wrong: number;
  readonly digestMismatches: number;
  /** From the start of the process, time without a processor not counted; 0 where none was started. */
  readonly slowestReadyMs: number;
  /** What else is worth telling, measured. */
  readonly figures?: string;
  /** Anything else that is not as expected, with examples of what is above: a line each. */
  readonly problems: readonly string[];
}

export function isGood(outcome: Outcome): boolean {
  const { lost, duplicated, wrong, digestMismatches, problems } = outcome;
  return lost + duplicated + wrong + digestMismatches + problems.length === 0;
}
