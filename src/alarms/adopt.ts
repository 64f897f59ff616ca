// An alarm of a restored disk image takes up what Kafka has seen of it: the image is older than that. Up to the frontier
// everything has been judged and told; beyond it the alarm goes on from what was told last.

import { newSeries, NO_PAYLOAD } from "./state.ts";
import type { AlarmSnapshot, Series, WaitingRow } from "./state.ts";

/** An alarm as Kafka has it. */
export interface KnownAlarm {
  /** Its events through this event time have left. */
  readonly frontierMs: number;
  /** The highest occurrence that any series has had. */
  readonly occurrence: number;
  /** Occurrence by series, of those that are raised. */
  readonly raised: ReadonlyMap<string, number>;
  /** The last occurrence by series, of those that had events beyond the frontier. */
  readonly last: ReadonlyMap<string, number>;
}

export interface Adopted {
  readonly state: AlarmSnapshot;
  /** Rows that waited for the watermark and lie at or before the frontier. */
  readonly dropped: readonly WaitingRow[];
}

/** The state of the image made to go on from `known`. */
export function adoptAlarm(state: AlarmSnapshot, known: KnownAlarm): Adopted {
  const { frontierMs } = known;
  const own = new Map(state.series);
  const stale = new Set(
    state.deadlines.filter(({ timeMs }) => timeMs <= frontierMs).map(({ order }) => order),
  );
  const names = new Set([...own.keys(), ...known.raised.keys(), ...known.last.keys()]);
  const series = Array.from(names, (name) => {
    return [name, adoptSeries(name, { ...(own.get(name) ?? newSeries()) }, known, stale)] as const;
  });
  const adopted = new Map(series);
  return {
    state: {
      ...state,
      watermarkMs: Math.max(state.watermarkMs, frontierMs),
      floor: Math.max(state.floor, known.occurrence),
      rows: state.rows.filter(({ timeMs }) => timeMs > frontierMs),
      deadlines: state.deadlines.filter((d) => adopted.get(d.series)?.deadline === d.order),
      series,
    },
    dropped: state.rows.filter(({ timeMs }) => timeMs <= frontierMs),
  };
}

function adoptSeries(
  name: string,
  series: Series,
  known: KnownAlarm,
  stale: ReadonlySet<number>,
): Series {
  const raised = known.raised.get(name);
  const isRaised = raised !== undefined;
  if (isRaised !== (series.state === "raised")) {
    series.state = isRaised ? "raised" : "returned";
    settle(series);
  } else if (series.deadline !== undefined && stale.has(series.deadline)) {
    settle(series);
  }
  series.occurrence = raised ?? Math.max(series.occurrence, known.last.get(name) ?? 0);
  return series;
}

/** No change is under way. */
function settle(series: Series): void {
  series.condition = series.state === "raised";
  series.deadline = undefined;
  series.value = null;
  series.payload = NO_PAYLOAD;
}
