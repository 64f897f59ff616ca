// Alarm events that a restored disk image had made before that was known. What Kafka has seen of the alarms comes
// first: what is raised there has not returned since; of the others all at or before the frontier is told already. The
// rest goes out as what it is to a reader of Kafka, under a number that was not used. All of them are taken out of their
// place and written anew.

import { AlarmLedger, parseAlarmId } from "../core/alarm-ledger.ts";
import type { AlarmsByRule, SeriesOccurrence, StoppedRow } from "../core/forwarded.ts";
import type { RowMark, RuleTimes } from "../core/outbox-rows.ts";
import { renumberEvent } from "../alarms/event.ts";
import type { TakenUpAlarms } from "./command.ts";

/** An event in the outbox. */
export interface PendingEvent extends StoppedRow {
  readonly alarmId: string;
  readonly mark: RowMark;
  /** Kafka has passed its place: it has left, or a disk that wrote it anew was lost before that left. */
  readonly isPassed: boolean;
}

export interface Reissued {
  /** To be written anew, in order. */
  readonly events: readonly PendingEvent[];
  readonly withheld: readonly PendingEvent[];
  /** What the alarms of each rule go on from. */
  readonly takenUp: ReadonlyMap<string, TakenUpAlarms>;
}

/** `events` in the order of their lane. Those of `clockRule` are no result of data: their time says nothing. */
export function reissue(
  events: Iterable<PendingEvent>,
  known: { readonly frontiers: RuleTimes; readonly alarms: AlarmsByRule },
  clockRule: string,
): Reissued {
  const frontiers = new Map(Object.entries(known.frontiers));
  const ledger = new AlarmLedger(known.alarms);
  const numbers = new Numbers(known.alarms);
  const told: PendingEvent[] = [];
  const withheld: PendingEvent[] = [];
  for (const event of events) {
    const { rule, mark, timeMs, isPassed } = event;
    if (isPassed && rule === clockRule) continue;
    const { series } = parseAlarmId(rule, event.alarmId);
    const raised = ledger.raised(rule, series);
    const toldMs = mark === "returned" ? raised?.sinceMs : frontiers.get(rule);
    const isOld = rule !== clockRule && timeMs <= (toldMs ?? Number.NEGATIVE_INFINITY);
    const isNews = mark === "returned" ? raised !== undefined : raised === undefined;
    if (isOld || !isNews) {
      if (!isPassed) withheld.push(event);
      continue;
    }
    const occurrence = raised?.occurrence ?? numbers.next(rule, series);
    const alarmId = `${rule}/${series}/${occurrence}`;
    const text = Buffer.from(event.value).toString("utf8");
    const value = Buffer.from(renumberEvent(text, alarmId, occurrence));
    told.push({ ...event, alarmId, value });
    ledger.take(rule, { alarmId, mark, timeMs });
  }
  const takenUp = Object.entries(ledger.alarms()).map(([rule, { raised }]) => {
    const occurrence = numbers.floor(rule);
    const numbered = raised.map(([series, number]) => [series, number] as const);
    return [rule, { occurrence, raised: numbered, last: numbers.last(rule) }] as const;
  });
  return { events: told, withheld, takenUp: new Map(takenUp) };
}

/** Occurrences that no event has had. */
class Numbers {
  readonly #known: AlarmsByRule;
  readonly #last = new Map<string, Map<string, number>>();

  constructor(known: AlarmsByRule) {
    this.#known = known;
  }

  next(rule: string, series: string): number {
    const ofRule = this.#last.get(rule) ?? new Map<string, number>();
    this.#last.set(rule, ofRule);
    const next = (ofRule.get(series) ?? this.floor(rule)) + 1;
    ofRule.set(series, next);
    return next;
  }

  /** Taken before any of them. */
  floor(rule: string): number {
    return Object.hasOwn(this.#known, rule) ? (this.#known[rule]?.occurrence ?? 0) : 0;
  }

  last(rule: string): SeriesOccurrence[] {
    return [...(this.#last.get(rule) ?? [])];
  }
}
