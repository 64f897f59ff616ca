// What the main thread and the core worker say to each other. Whole batches only, never a message per
// MQTT message. Every request with an `id` is answered exactly once, in order of their commits.

import type { SchemaOfId } from "./format/schemas-by-id.ts";
import type {
  ForwardedMark,
  Rollback,
  StoppedRow,
  ToldPlace,
  UndeliverableRow,
} from "./forwarded.ts";
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
  /** It is so late, and no batch says so; answered by `progress`. */
  | { readonly kind: "clock"; readonly engineTimeMs: number }
  | {
      /** A client's link to its broker has gone up or down; answered by `progress`. */
      readonly kind: "link";
      readonly source: string;
      readonly isUp: boolean;
      readonly engineTimeMs: number;
    }
  | {
      /** Of the batches that follow: why the clock that stamped them is not trusted; undefined: it is. */
      readonly kind: "clock-trust";
      readonly problem: string | undefined;
      readonly engineTimeMs: number;
    }
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
  | {
      /** What Kafka has, in the order in which it was written. Answered by "reconciled". */
      readonly kind: "reconcile";
      readonly id: number;
      readonly marks: readonly ForwardedMark[];
    }
  | {
      /** Rows that the next transaction passes over. Answered when that is durable. */
      readonly kind: "stop-rows";
      readonly id: number;
      readonly withheld: readonly StoppedRow[];
      readonly undeliverable: readonly UndeliverableRow[];
    }
  | {
      /** Partition counts to be kept. Answered by "topics-noted". */
      readonly kind: "note-topics";
      readonly id: number;
      readonly partitions: Readonly<Record<string, number>>;
    }
  | {
      /** An operator has seen the rollback. Answered by "reconciled". */
      readonly kind: "end-rollback";
      readonly id: number;
      /** Whatever rules still wait for. */
      readonly isFinal: boolean;
    }
  | {
      /** About the gateway itself; `detail` undefined: it has passed. */
      readonly kind: "gateway-alarm";
      readonly alarm: string;
      readonly detail: string | undefined;
    }
  /** The answer to "schemas-wanted": those that the registry has, and that could be had. */
  | { readonly kind: "schemas"; readonly schemas: readonly SchemaOfId[] }
  /** What of the journal is there since then, wall clock. Answered by "journal-head". */
  | { readonly kind: "journal-open"; readonly id: number; readonly sinceMs: number }
  | {
      /** Rows after a sequence, as stored; answered by "journal-rows". */
      readonly kind: "journal-read";
      readonly id: number;
      readonly afterSequence: number;
      readonly throughSequence: number;
    }
  | { readonly kind: "status"; readonly id: number }
  | { readonly kind: "stop" };

/** Rows of the journal in order, packed by the core worker (engine/journal-rows.ts). */
export interface PackedRows {
  readonly rows: Uint8Array;
  /** The last of them; undefined: there are none. */
  readonly throughSequence: number | undefined;
}

/** Where a reader of the journal begins, and what it needs to know before. */
export interface JournalHead {
  /** The first entry that is there, and the first that was asked for. */
  readonly firstSequence: number;
  readonly fromSequence: number;
  /** When that one was written, wall clock. */
  readonly fromTimeMs: number;
  readonly lastSequence: number;
  /** Stored bytes from there to the end. */
  readonly bytes: number;
  /** The configuration in force, as a `config` entry has it. */
  readonly inForce: Uint8Array | undefined;
  /** What the schema registry has told so far. */
  readonly schemas: readonly SchemaOfId[];
}

/** How a series of an alarm is now. */
export interface AlarmTold {
  readonly rule: string;
  readonly series: string;
  readonly isRaised: boolean;
}

/** The newest row of a rule for a device, as JSON. */
export interface ResultTold {
  readonly rule: string;
  readonly device: string;
  readonly row: string;
}

/** What has changed, of what somebody is told of: the newest of each series and device. */
export interface Told {
  readonly alarms: readonly AlarmTold[];
  readonly results: readonly ResultTold[];
}

/** The rules by which somebody is told of something. */
export type ToldRules = { readonly [Kind in keyof Told]: readonly string[] };

/** Where the engine is after a commit. */
export interface EngineProgress {
  readonly lanes: readonly LaneState[];
  /** Written to the device since the worker started. */
  readonly flashBytes: number;
  /** JSON lines for stdout, in order: rows of `print` sinks, and what the demo watches. */
  readonly lines: readonly string[];
  readonly told: Told;
  /** Engine time at which something may be due without a batch; Infinity: never. */
  readonly nextDeadlineMs: number;
}

export type ToMain =
  | { readonly kind: "ready"; readonly ready: EngineReady }
  | {
      readonly kind: "committed";
      readonly id: number;
      /** Given back for reuse. */
      readonly bytes: ArrayBuffer;
      readonly words: ArrayBuffer;
      readonly progress: EngineProgress;
    }
  | { readonly kind: "progress"; readonly progress: EngineProgress }
  | { readonly kind: "sessions-saved"; readonly id: number }
  /** The next batch waits for the schemas of these ids. */
  | { readonly kind: "schemas-wanted"; readonly ids: readonly number[] }
  /** A request that cannot be met as things are; later it may be. */
  | { readonly kind: "refused"; readonly id: number; readonly reason: string }
  | {
      readonly kind: "outbox-chunks";
      readonly id: number;
      readonly chunks: readonly OutboxChunk[];
    }
  | {
      readonly kind: "reconciled";
      readonly id: number;
      /** Undefined: the disk has always known all that Kafka has. */
      readonly rollback: Rollback | undefined;
    }
  /** `told`: behind what is told of them. */
  | { readonly kind: "rows-stopped"; readonly id: number; readonly told: ToldPlace }
  | { readonly kind: "topics-noted"; readonly id: number }
  | { readonly kind: "journal-head"; readonly id: number; readonly head: JournalHead | undefined }
  | ({ readonly kind: "journal-rows"; readonly id: number } & PackedRows)
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
  /** Wall clock of the newest journal entry before this start; 0: there was none. */
  readonly newestMs: number;
  readonly nextDeadlineMs: number;
  readonly dataDirectoryId: string;
  /** Partition counts of Kafka topics, as they were noted last. */
  readonly topicPartitions: Readonly<Record<string, number>>;
  /** The data directory cannot be written: the outbox is drained, nothing is taken. */
  readonly draining: boolean;
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
