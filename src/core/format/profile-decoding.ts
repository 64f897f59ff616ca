// How a device profile's table is filled: where each column comes from, by column index. The configuration makes it,
// decode/ runs it.

import type { Address, ProfileCodec, TimeUnit, Transform } from "./profile-codec.ts";

/** Option of a table whose devices are silent after that: its rows are what changes. */
export const DEVICE_SILENT_FOR = "device.silent-for";

export interface ProfileDecoding {
  /** Topic with captures; `captureColumns` are their columns, in order. */
  readonly topic: string;
  readonly except: readonly string[];
  readonly captureColumns: readonly number[];
  /** `none`: nothing of a payload is read, a message is a row whatever it holds. */
  readonly codec: ProfileCodec | { readonly type: "none" };
  readonly resources: readonly ProfileResource[];
  readonly sequence: { readonly column: number; readonly address: Address } | undefined;
  readonly time: ProfileTimeDecoding;
  readonly quality: ProfileQualityDecoding;
}

/** From the best to the worst. */
export const QUALITIES = ["good", "uncertain", "bad"] as const;
export type Quality = (typeof QUALITIES)[number];

/**
 * Why an event time is not simply the device's own: `received` in its place, `unsynced` (before 2020), `ahead` of its
 * receive time, `untrusted` (received while the gateway's clock was not trusted).
 */
export const CLOCK_REASONS = ["received", "unsynced", "ahead", "untrusted"] as const;
export type ClockReason = (typeof CLOCK_REASONS)[number];

/** Why a measurement is not simply good: out of `range`, `stuck` at one value, `stale` for lack of one, a device's `flag`. */
const MEASUREMENT_REASONS = ["range", "stuck", "stale", "flag"] as const;
export type MeasurementReason = (typeof MEASUREMENT_REASONS)[number];

export type QualityReason = ClockReason | MeasurementReason;
export const QUALITY_REASONS: readonly QualityReason[] = [...CLOCK_REASONS, ...MEASUREMENT_REASONS];

export interface ProfileQualityDecoding {
  /** The worst of a row, as text. */
  readonly column: number;
  /** MAP of column name to reason; NULL where there is none. */
  readonly reasonsColumn: number;
  /** Of a value outside its bounds. */
  readonly outOfRange: Quality;
  /** Which of the captures names the device. */
  readonly deviceCapture: number;
  readonly flags: readonly ProfileFlag[];
}

/** A resource that says, by being true or other than 0, how good a measurement (or the whole row) is. */
export interface ProfileFlag {
  readonly column: number;
  /** The measurement that it speaks of; its own column where it speaks of all. */
  readonly of: number;
  readonly quality: Quality;
}

export interface ProfileResource {
  readonly column: number;
  readonly address: Address;
  readonly transform: Transform;
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
  /** Unchanged for so long it is stuck, missing for so long it is stale. */
  readonly stuckForMs: number | undefined;
  readonly silentForMs: number | undefined;
}

export interface ProfileTimeDecoding {
  readonly column: number;
  readonly address: Address | undefined;
  readonly unit: TimeUnit;
  /** Added to what `address` holds. */
  readonly base: { readonly address: Address; readonly unit: TimeUnit } | undefined;
  /** Between the records of a message, which then share one time. */
  readonly everyMs: number;
  readonly maxFutureMs: number;
  readonly missing: "dead-letter" | "receive";
  readonly whenUnsynced: "accept" | "dead-letter" | "use-receive-time";
  readonly whenAhead: "dead-letter" | "clamp";
}
