// What the uplink says about itself: its state, its alarms and its counters.

/** A condition that needs a human, raised once and cleared once. */
export const UPLINK_ALARMS = [
  /** Kafka has not taken anything for a minute. */
  "uplink_unreachable",
  /** Another live gateway has the same id: this one keeps its rows to itself. */
  "uplink_fenced",
  /** A topic is missing, and `kafka.createTopics` is off or was refused. */
  "uplink_topic_missing",
  /** A single row takes longer than the transaction time-out. */
  "uplink_row_too_slow",
] as const;
export type UplinkAlarm = (typeof UPLINK_ALARMS)[number];

export interface UplinkStatus {
  /** A session is open. */
  readonly connected: boolean;
  readonly fenced: boolean;
  readonly missingTopics: readonly string[];
  /** What ended the last session or its opening; undefined once a session is open again. */
  readonly lastError: string | undefined;
}

export interface UplinkStats {
  transactions: number;
  rows: number;
  /** Keys, values and headers of `rows`. */
  bytes: number;
  /** Sessions opened. */
  sessions: number;
  /** Sessions, or openings, that ended in an error. */
  failures: number;
  /** Rows found in Kafka after a restart or an error, and not sent again. */
  alreadyForwarded: number;
  /** Rows too large for their topic. */
  undeliverable: number;
}

export function newUplinkStats(): UplinkStats {
  return {
    transactions: 0,
    rows: 0,
    bytes: 0,
    sessions: 0,
    failures: 0,
    alreadyForwarded: 0,
    undeliverable: 0,
  };
}

export interface UplinkListeners {
  /** After every change. */
  readonly onStatus?: ((status: UplinkStatus) => void) | undefined;
  /** `detail` undefined: cleared. */
  readonly onAlarm?: ((alarm: UplinkAlarm, detail: string | undefined) => void) | undefined;
}

/** Holds the status and tells of changes only. */
export class StatusBoard {
  status: UplinkStatus = {
    connected: false,
    fenced: false,
    missingTopics: [],
    lastError: undefined,
  };
  readonly #listeners: UplinkListeners;
  readonly #raised = new Map<UplinkAlarm, string>();

  constructor(listeners: UplinkListeners) {
    this.#listeners = listeners;
  }

  update(change: Partial<UplinkStatus>): void {
    const next = { ...this.status, ...change };
    if (JSON.stringify(next) === JSON.stringify(this.status)) return;
    this.status = next;
    this.#listeners.onStatus?.(next);
  }

  /** Raises (or, with undefined, clears) an alarm; tells when that, or the detail, is new. */
  alarm(alarm: UplinkAlarm, detail: string | undefined): void {
    if (this.#raised.get(alarm) === detail) return;
    if (detail === undefined) this.#raised.delete(alarm);
    else this.#raised.set(alarm, detail);
    this.#listeners.onAlarm?.(alarm, detail);
  }
}
