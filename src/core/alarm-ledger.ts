// What Kafka has of the alarms, kept event by event: the uplink writes it into its progress, the engine begins from it
// after a restored disk image.

import type { AlarmsByRule } from "./forwarded.ts";
import { RAISED_ALARMS } from "./limits.ts";
import type { RowMark } from "./outbox-rows.ts";

interface RuleAlarms {
  occurrence: number;
  /** Oldest first. */
  readonly raised: Map<string, Raised>;
}

/** `sinceMs`: the event time of its event. */
interface Raised {
  readonly occurrence: number;
  readonly sinceMs: number;
}

/** What the ledger needs of an event. */
export interface AlarmMark {
  readonly alarmId: string;
  readonly mark: RowMark;
  readonly timeMs: number;
}

/** Series and occurrence of an alarm id, which is `rule/series/occurrence`. */
export function parseAlarmId(rule: string, id: string): { series: string; occurrence: number } {
  const end = id.lastIndexOf("/");
  return { series: id.slice(rule.length + 1, end), occurrence: Number(id.slice(end + 1)) };
}

export class AlarmLedger {
  readonly #rules: Map<string, RuleAlarms>;

  constructor(alarms: AlarmsByRule) {
    this.#rules = new Map(
      Object.entries(alarms).map(([rule, { occurrence, raised }]) => [
        rule,
        {
          occurrence,
          raised: new Map(
            raised.map(([series, number, sinceMs]) => [series, { occurrence: number, sinceMs }]),
          ),
        },
      ]),
    );
  }

  /** An event of this event time has left. */
  take(rule: string, { alarmId, mark, timeMs }: AlarmMark): void {
    if (mark === "none") return;
    const { series, occurrence } = parseAlarmId(rule, alarmId);
    const alarms = this.#rules.get(rule) ?? { occurrence: 0, raised: new Map() };
    this.#rules.set(rule, alarms);
    alarms.occurrence = Math.max(alarms.occurrence, occurrence);
    if (mark === "returned") alarms.raised.delete(series);
    else alarms.raised.set(series, { occurrence, sinceMs: timeMs });
    for (const oldest of alarms.raised.keys()) {
      if (alarms.raised.size <= RAISED_ALARMS) break;
      alarms.raised.delete(oldest);
    }
  }

  /** What is raised of the series; undefined: nothing. */
  raised(rule: string, series: string): Raised | undefined {
    return this.#rules.get(rule)?.raised.get(series);
  }

  alarms(): AlarmsByRule {
    return Object.fromEntries(
      Array.from(this.#rules, ([rule, { occurrence, raised }]) => [
        rule,
        {
          occurrence,
          raised: Array.from(
            raised,
            ([series, of]) => [series, of.occurrence, of.sinceMs] as const,
          ),
        },
      ]),
    );
  }
}
