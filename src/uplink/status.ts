// What the uplink says about itself: its state, its alarms and its counters.

import type { Delivery } from "../core/delivery.ts";
import type { Rollback } from "../core/forwarded.ts";

/** A condition that needs a human, raised once and cleared once. */
export const UPLINK_ALARMS = [
  /** Kafka has not taken anything for a minute. */
  "uplink_unreachable",
  /** Kafka refuses this gateway: credentials, certificates or rights are wrong or have expired. */
  "uplink_refused",
  /** Kafka refuses the time of records: the clocks of gateway and broker are too far apart. */
  "uplink_time_refused",
  /** Another live gateway has the same id: this one keeps its rows to itself. */
  "uplink_fenced",
  /** A topic is missing, and `kafka.createTopics` is off or was refused. */
  "uplink_topic_missing",
  /** Rows need the id of a schema, and the registry has not answered for a minute. */
  "uplink_registry_unreachable",
  /** The registry refuses the schema of a sink: it is not compatible with the versions before it. */
  "uplink_schema_rejected",
  /** A single row takes longer than the transaction time-out. */
  "uplink_row_too_slow",
  /** Readers may see rows twice: the cluster refuses transactions. */
  "uplink_degraded",
  /** Rows are forwarded whose neighbours the topic has deleted already. */
  "uplink_rows_expired",
  /** A topic has more partitions than before. An event: raised and returned at once. */
  "uplink_partitions_changed",
  /** Somebody's transaction is open for longer than any may be: readers stop there. */
  "uplink_transaction_hangs",
  /** The progress topic would forget what has been sent. */
  "uplink_progress_not_compacted",
] as const;
export type UplinkAlarm = (typeof UPLINK_ALARMS)[number];

/** Things worth a line in an audit. */
export const AUDIT_EVENTS = [
  "rollback",
  "fenced",
  "time_refused",
  "degraded",
  "rows_expired",
  "partitions_changed",
  "transaction_hangs",
  "progress_not_compacted",
] as const;
export type AuditEvent = (typeof AUDIT_EVENTS)[number];

/** In one word, worst first; `rolled_back` forwards. */
export const UPLINK_STATES = ["fenced", "connecting", "rolled_back", "forwarding"] as const;
export type UplinkState = (typeof UPLINK_STATES)[number];

export interface UplinkStatus {
  readonly state: UplinkState;
  /** A session is open. */
  readonly connected: boolean;
  /** What readers get from this session; undefined while none is open. */
  readonly delivery: Delivery | undefined;
  readonly fenced: boolean;
  /** The disk is a restored image, or was: until `isOver` rows may be withheld. */
  readonly rollback: Rollback | undefined;
  readonly missingTopics: readonly string[];
  /** What ended the last session or its opening, and how to fix it; undefined once a session is open again. */
  readonly lastError: string | undefined;
}

/** What an operator's `resume` has done. */
export type Resumed = "taking_over" | "rollback_ended" | "still_withholding" | "nothing";

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
  /** Rows of a restored disk image that may have left before. */
  withheld: number;
  readonly audit: Record<AuditEvent, number>;
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
    withheld: 0,
    audit: Object.fromEntries(AUDIT_EVENTS.map((event) => [event, 0])) as UplinkStats["audit"],
  };
}

export interface UplinkListeners {
  /** After every change. */
  readonly onStatus?: ((status: UplinkStatus) => void) | undefined;
  /** `detail` undefined: cleared. */
  readonly onAlarm?: ((alarm: UplinkAlarm, detail: string | undefined) => void) | undefined;
}

function stateOf({ fenced, connected, rollback }: Omit<UplinkStatus, "state">): UplinkState {
  if (fenced) return "fenced";
  if (!connected) return "connecting";
  return rollback?.isOver === false ? "rolled_back" : "forwarding";
}

/** Holds the status and tells of changes only. */
export class StatusBoard {
  status: UplinkStatus = {
    state: "connecting",
    connected: false,
    delivery: undefined,
    fenced: false,
    rollback: undefined,
    missingTopics: [],
    lastError: undefined,
  };
  readonly #listeners: UplinkListeners;
  readonly #told = new Map<UplinkAlarm, string | undefined>();

  constructor(listeners: UplinkListeners) {
    this.#listeners = listeners;
  }

  update(change: Partial<Omit<UplinkStatus, "state">>): void {
    const changed = { ...this.status, ...change };
    const next = { ...changed, state: stateOf(changed) };
    if (JSON.stringify(next) === JSON.stringify(this.status)) return;
    this.status = next;
    this.#listeners.onStatus?.(next);
  }

  /**
   * Raises (or, with undefined, clears) an alarm; tells when that, or the detail, is new. The first word on each is
   * always told: the process before this one may have raised it.
   */
  alarm(alarm: UplinkAlarm, detail: string | undefined): void {
    if (this.#told.has(alarm) && this.#told.get(alarm) === detail) return;
    this.#told.set(alarm, detail);
    this.#listeners.onAlarm?.(alarm, detail);
  }

  /** What was told of alarms is no longer known: it is told again. */
  forgetAlarms(): void {
    this.#told.clear();
  }
}
