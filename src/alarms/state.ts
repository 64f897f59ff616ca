// The state of an alarm, as it is kept and as it is saved.

import type { SqlValue } from "../core/types.ts";
import type { AlarmState } from "./event.ts";

/** What the snapshot of an alarm begins with. */
export const ALARM_STATE = { owner: "alarm", version: 2 } as const;

/** Structured-clone safe. */
export type AlarmSnapshot = typeof ALARM_STATE & {
  readonly watermarkMs: number;
  readonly order: number;
  /** Occurrences up to this one are taken: by what Kafka has seen, or by the rule's text before a change. */
  readonly floor: number;
  readonly rows: readonly WaitingRow[];
  readonly deadlines: readonly Deadline[];
  readonly series: readonly (readonly [string, Series])[];
};

/** A row that waits for the watermark. */
export interface WaitingRow {
  readonly timeMs: number;
  readonly order: number;
  readonly series: string;
  readonly input: SqlValue;
  readonly payload: readonly SqlValue[];
}

/** The end of a delay. */
export interface Deadline {
  readonly timeMs: number;
  readonly order: number;
  readonly series: string;
}

/** A series that was active at least once. */
export interface Series {
  condition: boolean;
  state: AlarmState;
  occurrence: number;
  /** Order of the deadline that runs; one of another order was cancelled. */
  deadline: number | undefined;
  /** While a deadline runs: the newest row that was not NULL. */
  value: number | null;
  payload: readonly SqlValue[];
}

/** The state that the alarm of a changed rule begins with: nothing but the numbers that are taken. */
export function successorState(before: AlarmSnapshot | undefined): AlarmSnapshot | undefined {
  if (before === undefined) return undefined;
  const occurrences = before.series.map(([, { occurrence }]) => occurrence);
  const floor = occurrences.reduce((most, each) => Math.max(most, each), before.floor);
  return { ...before, ...NOTHING_YET, floor };
}

const NOTHING_YET = {
  watermarkMs: Number.NEGATIVE_INFINITY,
  order: 0,
  rows: [],
  deadlines: [],
  series: [],
} as const;

export const NO_PAYLOAD: readonly SqlValue[] = [];

/** A series on its first activity. */
export function newSeries(): Series {
  return {
    condition: false,
    state: "normal",
    occurrence: 0,
    deadline: undefined,
    value: null,
    payload: NO_PAYLOAD,
  };
}
