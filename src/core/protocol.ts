// What the main thread and the core worker say to each other. Whole batches only, never a message per
// MQTT message. Every request with an `id` is answered exactly once, in order of their commits.

import type { MessageBatch } from "./message-batch.ts";
import type { LogFields } from "./log.ts";

export const LANES = ["alarm", "result", "raw", "local"] as const;
/** Outbox lanes in the order they leave the gateway. */
export type Lane = (typeof LANES)[number];

/** A durable MQTT session; `disconnectedAtMs` undefined while connected. Times are wall clock. */
export interface SessionRecord {
  readonly source: string;
  readonly clientId: string;
  readonly session: number;
  readonly expirySeconds: number;
  readonly disconnectedAtMs: number | undefined;
  /** Our own session at a broker (client mode): the topic filters it is known to be subscribed to. */
  readonly filters?: readonly string[] | undefined;
}

export type SessionChange =
  | { readonly kind: "save"; readonly record: SessionRecord }
  | { readonly kind: "delete"; readonly source: string; readonly clientId: string };

/** Rows waiting in a lane. Sequence numbers count from 1 and never restart. */
export interface LaneState {
  readonly lane: Lane;
  readonly rows: number;
  readonly bytes: number;
  readonly lastSequence: number;
}

/** A stored outbox blob (layout: core/outbox-rows.ts); its first row has `firstSequence`. */
export interface OutboxChunk {
  readonly lane: Lane;
  /** 16 lowercase hex digits. */
  readonly incarnation: string;
  readonly firstSequence: number;
  readonly rows: number;
  readonly bytes: Uint8Array;
}

export type ToWorker =
  | { readonly kind: "batch"; readonly batch: MessageBatch }
  | { readonly kind: "sessions"; readonly id: number; readonly changes: readonly SessionChange[] }
  | {
      readonly kind: "outbox-read";
      readonly id: number;
      readonly lane: Lane;
      readonly afterSequence: number;
      readonly maxRows: number;
      readonly maxBytes: number;
    }
  | { readonly kind: "outbox-confirm"; readonly lane: Lane; readonly throughSequence: number }
  | { readonly kind: "undeliverable"; readonly rows: readonly UndeliverableRow[] }
  | {
      /** About the gateway itself; `detail` undefined: it has passed. */
      readonly kind: "gateway-alarm";
      readonly alarm: string;
      readonly detail: string | undefined;
    }
  | { readonly kind: "status"; readonly id: number }
  | { readonly kind: "stop" };

/** A row that Kafka will never take (too large): it becomes a dead letter. */
export interface UndeliverableRow {
  readonly rule: string;
  readonly topic: string;
  readonly reason: string;
  readonly value: Uint8Array;
}

export type ToMain =
  | { readonly kind: "ready"; readonly ready: EngineReady }
  | {
      readonly kind: "committed";
      readonly id: number;
      /** Given back for reuse. */
      readonly bytes: ArrayBuffer;
      readonly words: ArrayBuffer;
      readonly lanes: readonly LaneState[];
      /** Written to the device since the worker started. */
      readonly flashBytes: number;
      /** JSON lines for stdout, in order: rows of `print` sinks, and what the demo watches. */
      readonly lines: readonly string[];
    }
  | { readonly kind: "sessions-saved"; readonly id: number }
  | {
      readonly kind: "outbox-chunks";
      readonly id: number;
      readonly chunks: readonly OutboxChunk[];
    }
  | { readonly kind: "status"; readonly id: number; readonly status: EngineStatus }
  | {
      readonly kind: "log";
      readonly level: "debug" | "info" | "warn" | "error";
      readonly message: string;
      readonly fields: LogFields;
    };

/** Recovery is done. */
export interface EngineReady {
  readonly sessions: readonly SessionRecord[];
  readonly lanes: readonly LaneState[];
  readonly engineTimeMs: number;
  readonly dataDirectoryId: string;
}

/** A sample of one metric family; families and their labels stand in core/metrics.ts. */
export interface MetricSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface RuleStatus {
  readonly name: string;
  readonly watermarkMs: number | undefined;
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly late: number;
  readonly errors: number;
  readonly suspended: string | undefined;
}

export interface EngineStatus {
  readonly metrics: readonly MetricSample[];
  readonly rules: readonly RuleStatus[];
  readonly lanes: readonly LaneState[];
  /** The newest alarm events and result rows as JSON, newest last, bounded. */
  readonly recentAlarms: readonly string[];
  readonly recentRows: readonly string[];
  readonly blocked: string | undefined;
}
