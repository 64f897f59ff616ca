// Alarms about the gateway itself: a rule suspended, a message skipped, a damaged file, Kafka out of reach. They
// leave by the alarm lane like any other, as rule `headrace` with the kind as series. They are no part of the
// pipeline's state: which of them are raised is kept beside it, with the commit that holds their events.

import { alarmEventJson } from "../alarms/event.ts";
import type { AlarmEvent } from "../alarms/event.ts";
import type { TakenUpAlarms } from "./command.ts";
import type { Outputs } from "./outputs.ts";

/** The rule that these alarms go by. */
export const GATEWAY_RULE = "headrace";
interface Saved {
  readonly active: readonly (readonly [kind: string, occurrence: number])[];
  readonly floor: number;
}

const NONE_RAISED = '{"active":[],"floor":0}';
const json = alarmEventJson([], "flink");
const printed = alarmEventJson([], "print");

export interface GatewayAlarm {
  readonly kind: string;
  /** What happened; undefined: it has passed. */
  readonly detail: string | undefined;
  readonly timeMs: number;
}

export class GatewayAlarms {
  readonly #topic: string;
  /** Occurrence by kind, of those raised now. */
  #active: Map<string, number>;
  /** Occurrences up to this one are taken: a restored disk image counts its journal anew. */
  #floor: number;
  #isSaved = true;

  /** `saved`: what the last `unsaved` of this data folder gave. */
  constructor(topic: string, saved: string | undefined) {
    this.#topic = topic;
    const { active, floor } = JSON.parse(saved ?? NONE_RAISED) as Saved;
    this.#active = new Map(active);
    this.#floor = floor;
  }

  /** The disk is a restored image: goes on from what Kafka has seen. */
  adopt({ occurrence, raised, last }: TakenUpAlarms): void {
    this.#active = new Map(raised);
    const used = last.map(([, number]) => number);
    this.#floor = Math.max(this.#floor, occurrence, ...used);
    this.#isSaved = false;
  }

  /** To be kept with the commit that holds the events since the last call; undefined when there were none. */
  unsaved(): string | undefined {
    if (this.#isSaved) return undefined;
    this.#isSaved = true;
    return JSON.stringify({ active: [...this.#active], floor: this.#floor } satisfies Saved);
  }

  /** Writes the event into `outputs`. `sequence` is the journal entry that holds it: it numbers the occurrence. */
  report(outputs: Outputs, { kind, detail, timeMs }: GatewayAlarm, sequence: number): void {
    const before = this.#active.get(kind);
    if (detail === undefined && before === undefined) return;
    const occurrence = before ?? (sequence > this.#floor ? sequence : ++this.#floor);
    if (detail === undefined) this.#active.delete(kind);
    else this.#active.set(kind, occurrence);
    this.#isSaved = false;
    const event: AlarmEvent = {
      alarm_id: `${GATEWAY_RULE}/${kind}/${occurrence}`,
      rule: GATEWAY_RULE,
      series: kind,
      state: detail === undefined ? "returned" : "raised",
      previous: before === undefined ? "normal" : "raised",
      severity: "high",
      value: null,
      event_time: Math.floor(timeMs),
      occurrence,
      message: detail ?? null,
      payload: [],
    };
    const writer = outputs.writer("alarm");
    writer.add(writer.sink(GATEWAY_RULE, this.#topic), {
      key: event.alarm_id,
      value: json(event),
      timeMs: event.event_time,
      mark: detail === undefined ? "returned" : "raised",
    });
    const line = (): string => `{"alarm":${printed(event)}}`;
    outputs.remember(outputs.recentAlarms, line);
    if (outputs.tap) outputs.show(line());
  }
}
