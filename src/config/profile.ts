// Device profiles as the rest of the program sees them: plain data (it crosses to the core worker by structured
// clone), every default filled in, every duration in milliseconds. One profile drives the decoder, the SQL table,
// the quality column and the firmware simulator. The file's form stands in profile-schema.ts.

import type {
  Address,
  BoolWords,
  ProfileCodec,
  TimeUnit,
  Transform,
} from "../core/format/profile-codec.ts";
import type { PrivacyAction } from "../core/format/privacy.ts";
import type { Quality, QualityReason } from "../core/format/profile-decoding.ts";
import type { Severity } from "../core/severity.ts";
import { MAX_LENGTH } from "../core/types.ts";
import type { SqlType } from "../core/types.ts";
import type { ProfilePublish, ProfileUplink } from "./profile-outlets.ts";

export const VALUE_TYPES = [
  "Bool",
  "Int8",
  "Int16",
  "Int32",
  "Int64",
  "Uint8",
  "Uint16",
  "Uint32",
  "Uint64",
  "Float32",
  "Float64",
  "String",
] as const;
/** EdgeX value types. */
export type ValueType = (typeof VALUE_TYPES)[number];

/** One measurement: one column of the profile's table. */
export interface DeviceResource {
  readonly name: string;
  readonly description: string;
  readonly address: Address;
  readonly valueType: ValueType;
  /** UCUM code; empty = dimensionless or text. */
  readonly units: string;
  /** From the payload's value to the column's; the result is rounded to the value type. */
  readonly transform: Transform;
  /** Inclusive bounds of the column value; outside them `quality.range` applies. */
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
}

/** Where event time comes from. Neither `address` nor `base`: the device has no clock, receive time is used. */
export interface ProfileTime {
  readonly address: Address | undefined;
  readonly unit: TimeUnit;
  /** Added to what stands at `address`: messages with several records name the time of the first, or of them all. */
  readonly base: { readonly address: Address; readonly unit: TimeUnit } | undefined;
  /** From record to record of a message; 0 = each has its own time. */
  readonly everyMs: number;
  /** A row further than this ahead of its receive time is dealt with by `whenAhead`. */
  readonly maxFutureMs: number;
  /** The table's watermark is event_time minus this. */
  readonly outOfOrderMs: number;
  /** What a payload without the field means: a dead letter, or its receive time. */
  readonly missing: "dead-letter" | "receive";
  /** What a time before 2020 means (a device that has not set its clock yet). */
  readonly whenUnsynced: "accept" | "dead-letter" | "use-receive-time";
  /** Clamped to its receive time, the latest that it can have been. */
  readonly whenAhead: "dead-letter" | "clamp";
}

/** What is said of values in the columns `quality` and `quality_reasons`. */
export interface ProfileQuality {
  /** Of a value outside minimum and maximum. */
  readonly range: Quality;
  /** By resource: unchanged for so long in event time, a value is stuck. */
  readonly stuckForMs: Readonly<Record<string, number>>;
  /** By resource: missing in rows for so long in event time, a value is stale. */
  readonly silentForMs: Readonly<Record<string, number>>;
  /** Not heard of for so long in engine time, a device is silent; undefined: nobody misses it. */
  readonly deviceSilentForMs: number | undefined;
  readonly flags: readonly QualityFlag[];
}

/** Where it is said that a device is there. */
export interface ProfileAvailability {
  readonly topic: string;
  /** Topic filters that do not belong to it although `topic` matches. */
  readonly except: readonly string[];
  readonly address: Address;
  readonly words: BoolWords;
}

/** A resource by which the device says that a measurement is not good. */
export interface QualityFlag {
  readonly resource: string;
  /** undefined: all of the row. */
  readonly on: string | undefined;
  readonly quality: Quality;
}

/** An alarm of each device: a rule that headrace writes (profile-rules.ts). */
export interface ProfileAlarm {
  /** Unique in the profile; the rule is named `profile.name`. */
  readonly name: string;
  /** A resource, `event_time` or `device`. */
  readonly on: string;
  readonly condition:
    /** Below `set` where `clear` is above it; see the options of an alarm table. */
    | { readonly kind: "limit"; readonly set: number; readonly clear: number }
    /** Its value in `quality_reasons`. */
    | { readonly kind: "reason"; readonly reason: QualityReason }
    /** A Bool that is true. */
    | { readonly kind: "true" }
    /** The device is said not to be there, or is not heard of. */
    | { readonly kind: "offline" | "silent" };
  /** Values that are so change nothing. */
  readonly ignore: readonly QualityReason[];
  readonly severity: Severity;
  readonly onDelayMs: number;
  readonly offDelayMs: number;
  readonly message: string | undefined;
}

/** Alarm limits of a measurement, ISA-18.2's names: an alarm each. */
export interface ProfileLimits {
  readonly lowLow: number | undefined;
  readonly low: number | undefined;
  readonly high: number | undefined;
  readonly highHigh: number | undefined;
  /** How far back a value must be to clear. */
  readonly deadband: number;
  readonly onDelayMs: number;
  readonly offDelayMs: number;
}

/** Fields that are on no disk as the device sent them. */
export interface ProfilePrivacy {
  /** By resource. */
  readonly fields: Readonly<Record<string, PrivacyAction>>;
  /** Where the key of hashes is, relative to the profile's folder; never the key itself. */
  readonly key: string | undefined;
}

/** Re-send detection; see the identity options of a table. */
export interface ProfileIdentity {
  /** A column of the table: a topic capture or a resource. */
  readonly key: string;
  readonly sequence: Address;
  /** An integer resource: boot counter or boot time. */
  readonly epoch: string | undefined;
  /** Sequence numbers run from 0 to this minus 1; undefined = they never wrap. */
  readonly wraps: number | undefined;
  /** Numbers remembered per key; undefined = the decoder's default. */
  readonly window: number | undefined;
  readonly uncertain: "drop" | "accept";
}

/** A simulated signal, in column units. Durations in milliseconds. */
export type Signal =
  | {
      /** Ornstein–Uhlenbeck: drifts around `mean`; `sigma` is its standard deviation, `tauMs` its memory. */
      readonly kind: "ou";
      readonly mean: number;
      readonly tauMs: number;
      readonly sigma: number;
    }
  | {
      /** `base` plus white noise of standard deviation `noise`. */
      readonly kind: "noise";
      readonly base: number;
      readonly noise: number;
    }
  | {
      readonly kind: "sine";
      readonly mean: number;
      readonly amplitude: number;
      readonly periodMs: number;
      readonly noise: number;
    }
  | { readonly kind: "constant"; readonly value: number | boolean | string };

/** A labelled fault: for `forMs` from `atMs` after the start of the run, on one resource. */
export interface Fault {
  readonly label: string;
  readonly on: string;
  readonly atMs: number;
  readonly forMs: number;
  readonly effect:
    | { readonly kind: "ramp"; readonly perMs: number }
    | { readonly kind: "offset"; readonly by: number }
    | { readonly kind: "factor"; readonly by: number }
    /** White noise of this standard deviation on top. */
    | { readonly kind: "noise"; readonly sigma: number }
    /** The value stays as it was at `atMs`. */
    | { readonly kind: "stuck" }
    /** The field is left out. */
    | { readonly kind: "missing" };
}

export interface Simulation {
  /** A message every `everyMs` ± at most `jitterMs`. */
  readonly everyMs: number;
  readonly jitterMs: number;
  /** By resource name; resources without one stay out of the payload. */
  readonly signals: Readonly<Record<string, Signal>>;
  readonly faults: readonly Fault[];
  /** Constant parts of a JSON payload by pointer, such as `/method`. */
  readonly constants: Readonly<Record<string, number | boolean | string>>;
}

/** A documented message: CI decodes it and compares. */
export interface ProfileExample {
  readonly topic: string;
  /** The exact bytes: text, or bytes written as hexadecimal digits. */
  readonly payload: string | Uint8Array;
  readonly receiveTimeMs: number;
  /** Expected columns (a part of the row is enough), or why it is a dead letter (a part of the reason). */
  readonly expect:
    | { readonly row: Readonly<Record<string, string | number | boolean | null>> }
    | { readonly deadLetter: string };
}

export interface Profile {
  /** Also the name of its SQL table. */
  readonly name: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly description: string;
  readonly labels: readonly string[];
  readonly file: string;
  readonly resources: readonly DeviceResource[];
  /** Topic with captures, as written: `plant/{line}/{device}/up`, `site/{device...}`. */
  readonly topic: string;
  /** The captures of `topic` in order, `device` among them. */
  readonly captures: readonly string[];
  /** Topic filters that do not belong to the profile although `topic` matches. */
  readonly except: readonly string[];
  readonly qos: 0 | 1;
  readonly codec: ProfileCodec;
  readonly time: ProfileTime;
  readonly identity: ProfileIdentity | undefined;
  readonly quality: ProfileQuality;
  readonly availability: ProfileAvailability | undefined;
  readonly alarms: readonly ProfileAlarm[];
  readonly privacy: ProfilePrivacy | undefined;
  readonly publish: ProfilePublish | undefined;
  readonly uplink: ProfileUplink | undefined;
  /** By resource: alarms in short. */
  readonly limits: Readonly<Record<string, ProfileLimits>>;
  readonly simulate: Simulation | undefined;
  readonly examples: readonly ProfileExample[];
}

/** The column type of a value type: unsigned types widen, since SQL has none. */
export function valueTypeSql(type: ValueType): SqlType {
  const nullable = true;
  switch (type) {
    case "Bool":
      return { kind: "BOOLEAN", nullable };
    case "Int8":
      return { kind: "TINYINT", nullable };
    case "Int16":
    case "Uint8":
      return { kind: "SMALLINT", nullable };
    case "Int32":
    case "Uint16":
      return { kind: "INTEGER", nullable };
    case "Int64":
    case "Uint32":
      return { kind: "BIGINT", nullable };
    case "Uint64":
      return { kind: "DECIMAL", precision: 20, scale: 0, nullable };
    case "Float32":
      return { kind: "FLOAT", nullable };
    case "Float64":
      return { kind: "DOUBLE", nullable };
    case "String":
      return { kind: "VARCHAR", length: MAX_LENGTH, nullable };
  }
}
