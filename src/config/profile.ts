// Device profiles as the rest of the program sees them: plain data (it crosses to the core worker by structured
// clone), every default filled in, every duration in milliseconds. One profile drives the decoder, the SQL table,
// the quality column and the firmware simulator. The file's form stands in profile-schema.ts.

import { MAX_LENGTH } from "../core/types.ts";
import type { SqlType } from "../core/types.ts";

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
  /** JSON pointer (RFC 6901) into the payload, such as `/em/0/act_power`. */
  readonly pointer: string;
  readonly valueType: ValueType;
  /** UCUM code; empty = dimensionless or text. */
  readonly units: string;
  /** Column value = payload value × scale + offset, computed in doubles, then rounded to the value type. */
  readonly scale: number;
  readonly offset: number;
  /** Inclusive bounds of the column value; outside them `quality.range` applies. */
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
}

export const TIME_UNITS = ["ms", "s", "us", "iso8601"] as const;
export type TimeUnit = (typeof TIME_UNITS)[number];

/** Where event time comes from. `pointer` undefined: the device has no clock, receive time is used. */
export interface ProfileTime {
  readonly pointer: string | undefined;
  /** Numbers count from 1970-01-01T00:00:00Z and may carry a fraction; `iso8601` is text with Z or an offset. */
  readonly unit: TimeUnit;
  /** A row further than this ahead of its receive time is a dead letter. */
  readonly maxFutureMs: number;
  /** The table's watermark is event_time minus this. */
  readonly outOfOrderMs: number;
  /** What a payload without the field means: a dead letter, or its receive time. */
  readonly missing: "dead-letter" | "receive";
  /** What a time before 2020 means (a device that has not set its clock yet). */
  readonly whenUnsynced: "accept" | "dead-letter" | "use-receive-time";
}

/** Re-send detection; see the identity options of a table. */
export interface ProfileIdentity {
  /** A column of the table: a topic capture or a resource. */
  readonly key: string;
  readonly sequencePointer: string;
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
  /** Constant parts of the payload by JSON pointer, such as `/method`. */
  readonly constants: Readonly<Record<string, number | boolean | string>>;
}

/** A documented message: CI decodes it and compares. */
export interface ProfileExample {
  readonly topic: string;
  /** The exact bytes as text. */
  readonly payload: string;
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
  readonly time: ProfileTime;
  readonly identity: ProfileIdentity | undefined;
  /** What a value outside minimum and maximum makes of the row's quality. */
  readonly outOfRange: "good" | "uncertain" | "bad";
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
