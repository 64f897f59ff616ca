// What the web server needs to know of the gateway. The composition root of the main thread implements
// StatusSource; nothing here waits long on a disk: while a commit stalls, the page shows the last answer.

import type { LaneState, RuleStatus } from "../core/protocol.ts";

export interface StatusSource {
  /** The state now; the last known one when the core worker does not answer within a second. */
  status(): Promise<GatewayStatus> | GatewayStatus;
  /** Prometheus text (core/metrics.ts), under the same rule. */
  metrics(): Promise<string> | string;
  health(): Health;
  readiness(): Promise<ReadinessDetails> | ReadinessDetails;
}

/** Liveness: is the core worker there, and does it answer? */
export interface Health {
  readonly workerRunning: boolean;
  /** How long the oldest open question to the core worker has waited; 0 when none is open. */
  readonly workerSilentMs: number;
}

/** Readiness. Kafka, MQTT brokers, suspended rules, quotas and the clock are details: they do not make a gateway unready. */
export interface ReadinessDetails {
  readonly recovered: boolean;
  readonly listeners: readonly { readonly name: string; readonly listening: boolean }[];
  readonly mqttClients: readonly { readonly name: string; readonly connected: boolean }[];
  /** undefined: no `kafka:` section. */
  readonly kafka: { readonly connected: boolean; readonly problem: string | undefined } | undefined;
  readonly suspendedRules: readonly string[];
  /** Why nothing is taken in at the moment (a quota, a read-only disk); undefined when it is. */
  readonly blocked: string | undefined;
  /** Why the wall clock is not trusted; undefined when it is. */
  readonly clockProblem: string | undefined;
}

/** The page and /api/status. Counts are totals since the process started; times are epoch milliseconds. */
export interface GatewayStatus {
  readonly gateway: {
    readonly id: string;
    readonly version: string;
    readonly startedAtMs: number;
    readonly nowMs: number;
    readonly memoryBytes: number;
  };
  readonly path: PathCounts;
  readonly sources: readonly SourceStatus[];
  readonly rules: readonly RuleStatus[];
  readonly lanes: readonly LaneState[];
  readonly store: StoreStatus;
  /** undefined: no `kafka:` section. */
  readonly uplink: UplinkStatus | undefined;
  /** JSON lines `{"alarm":{…}}` and `{"rule":…,"row":{…}}`, newest last. */
  readonly recentAlarms: readonly string[];
  readonly recentRows: readonly string[];
  /** See ReadinessDetails. */
  readonly blocked: string | undefined;
  readonly clockProblem: string | undefined;
}

/** The stages in data-path order; the outbox is a level, all others are totals. */
export interface PathCounts {
  readonly received: number;
  readonly journaled: number;
  readonly acknowledged: number;
  readonly decoded: number;
  readonly deadLetters: number;
  readonly duplicates: number;
  readonly late: number;
  readonly emitted: number;
  readonly outboxRows: number;
  readonly delivered: number;
}

/** One `mqtt:` entry. `address` is what it listens on, or the broker's URL. */
export interface SourceStatus {
  readonly name: string;
  readonly kind: "listener" | "client";
  readonly address: string;
  readonly up: boolean;
  readonly connections: number;
  readonly received: number;
  readonly acknowledged: number;
  readonly problem: string | undefined;
}

export interface StoreStatus {
  readonly journalBytes: number;
  readonly batches: number;
  readonly flashBytes: number;
  readonly flashOverBudget: boolean;
}

/** The disk is a restored image; undefined once an operator has ended it. */
export interface RollbackStatus {
  /** The newest thing on the disk image; 0: there was nothing. */
  readonly sinceMs: number;
  /** Rows that Kafka has and this disk never held; sequences inclusive. */
  readonly lost: readonly {
    readonly lane: string;
    readonly fromSequence: number;
    readonly toSequence: number;
  }[];
  /** Rows that were not sent again. */
  readonly withheld: number;
}

export interface UplinkStatus {
  readonly brokers: string;
  /** fenced, connecting, rolled_back or forwarding. */
  readonly state: string;
  readonly connected: boolean;
  /** What readers get; undefined while not connected. */
  readonly delivery: string | undefined;
  readonly rollback: RollbackStatus | undefined;
  /** Until the outbox is empty; undefined where it does not drain. */
  readonly drainSeconds: number | undefined;
  readonly transactions: number;
  readonly rows: number;
  readonly errors: number;
  readonly problem: string | undefined;
}
