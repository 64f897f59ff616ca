// What is known of rows that have left for Kafka: what the progress topic says of them, and what the engine makes of
// it when it finds that the disk is older than that (a restored image). Plain data: it crosses threads and is journaled.

import type { OutboxRows, RuleTimes } from "./outbox-rows.ts";
import type { Lane } from "./protocol.ts";

/** The alarms of one rule as Kafka has them. */
export interface ForwardedAlarms {
  /** The highest occurrence of any series. */
  readonly occurrence: number;
  /** Series that are raised, oldest first. Bounded: of very many, the oldest are left out. */
  readonly raised: readonly RaisedSeries[];
}

/** `sinceMs`: the event time of its event. */
export type RaisedSeries = readonly [series: string, occurrence: number, sinceMs: number];

export type SeriesOccurrence = readonly [series: string, occurrence: number];
export type AlarmsByRule = Readonly<Record<string, ForwardedAlarms>>;

/** How far the rows of one incarnation and lane have reached Kafka. */
export interface ForwardedMark {
  readonly incarnation: string;
  readonly lane: Lane;
  readonly lastSequence: number;
  /** Up to where each rule of the lane has put out its rows: nothing at or before that may leave again. */
  readonly frontiers: RuleTimes;
  readonly alarms: AlarmsByRule;
  /** Undefined: Kafka has every row up to there, or has been told of it. */
  readonly passedOver: PassedOver | undefined;
  /** When it was written, wall clock. */
  readonly timeMs: number;
  /** By another live copy, since this process began to forward: no past of ours. */
  readonly isRival: boolean;
}

/** Rows that were withheld or given up: Kafka has instead what is told of them, once it has that. */
export interface PassedOver {
  /** Their sequences, ascending and apart. */
  readonly runs: readonly SequenceRun[];
  /** The last row that tells of them. */
  readonly told: ToldPlace;
}

/** Inclusive. */
export type SequenceRun = readonly [first: number, last: number];

/** A row of lane `result`; sequence 0: none. */
export interface ToldPlace {
  readonly incarnation: string;
  readonly sequence: number;
}

/**
 * Rows of a lane that Kafka has and this disk has never held; sequences inclusive. From one more than the last: none is
 * beyond the disk's own numbers, but it does not know whose they are.
 */
export interface LostRows {
  readonly lane: Lane;
  readonly fromSequence: number;
  readonly toSequence: number;
  /** Written last, wall clock. */
  readonly untilMs: number;
}

/** A restored disk image was found. */
export interface Rollback {
  readonly lost: readonly LostRows[];
  /** The newest thing on the disk image, wall clock. */
  readonly sinceMs: number;
  readonly frontiers: RuleTimes;
  /** `lane/incarnation` of rows derived before it was found: judged when they are about to leave. */
  readonly judged: readonly string[];
  /** An operator has ended it: rows are withheld no more, but for the judged ones. */
  readonly isOver: boolean;
}

/** A row on its way out that does not go to its topic, by its place in the outbox. */
export interface StoppedRow {
  readonly lane: Lane;
  readonly sequence: number;
  readonly rule: string;
  readonly topic: string;
  /** Its event time; NaN: none. */
  readonly timeMs: number;
  readonly value: Uint8Array;
}

/** A row by its place. */
export interface RowPlace {
  readonly lane: Lane;
  readonly incarnation: string;
  readonly sequence: number;
  readonly rows: OutboxRows;
  readonly row: number;
}

/** A copy of the row, safe to keep. */
export function stoppedRow({ lane, sequence, rows, row }: RowPlace): StoppedRow {
  const value = Uint8Array.from(rows.value(row));
  const [rule, topic, timeMs] = [rows.rule(row), rows.topic(row), rows.timeMs(row)];
  return { lane, sequence, rule, topic, timeMs, value };
}

/** Kafka will never take it (too large): it becomes a dead letter. */
export interface UndeliverableRow extends StoppedRow {
  readonly reason: string;
}

/** `lane/incarnation`, as in `Rollback.judged`. */
export function judgedName(lane: Lane, incarnation: string): string {
  return `${lane}/${incarnation}`;
}
