// The state of an alarm, as it is kept and as it is saved.

import type { SqlValue } from "../core/types.ts";
import type { AlarmState } from "./event.ts";

/** Structured-clone safe. */
export interface AlarmSnapshot {
  readonly version: 1;
  readonly watermarkMs: number;
  readonly order: number;
  readonly rows: readonly WaitingRow[];
  readonly deadlines: readonly Deadline[];
  readonly series: readonly (readonly [string, Series])[];
}

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
