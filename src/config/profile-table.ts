// The SQL table that a device profile declares, and how its rows are decoded. Both are plain data, shaped as the
// planner's source tables and the decoder expect them.
//
//   columns  one STRING per topic capture, one per resource, sequence BIGINT, event_time TIMESTAMP_LTZ(3) with
//            WATERMARK = event_time - outOfOrder per device, receive_time, topic, quality, quality_reasons

import type { SourcePosition } from "../core/errors.ts";
import type { ProfileDecoding } from "../core/format/profile-decoding.ts";
import { MAX_LENGTH } from "../core/types.ts";
import type { SqlType } from "../core/types.ts";
import { topicFilter } from "./profile-topic.ts";
import { valueTypeSql } from "./profile.ts";
import type { Profile } from "./profile.ts";

/** Columns that every profile's table has besides its captures and resources. */
export const RESERVED_COLUMNS: readonly string[] = [
  "sequence",
  "event_time",
  "receive_time",
  "topic",
  "quality",
  "quality_reasons",
];

/** Devices that send seldom are not thereby silent to their own windows, only to those of all. */
const IDLE_TIMEOUT = "1 min";

export const STRING: SqlType = { kind: "VARCHAR", length: MAX_LENGTH, nullable: true };
export const TIME: SqlType = { kind: "TIMESTAMP_LTZ", precision: 3, nullable: true };

export interface ProfileTable {
  readonly name: string;
  readonly columns: readonly ProfileColumn[];
  readonly watermark: { readonly column: number; readonly expression: WatermarkExpression };
  /** `profile` names the profile that decodes it. */
  readonly options: Readonly<Record<string, string>>;
  readonly system: false;
  readonly position: SourcePosition;
}

export interface ProfileColumn {
  readonly name: string;
  readonly type: SqlType;
  readonly source:
    | { readonly kind: "physical" }
    | { readonly kind: "metadata"; readonly key: string };
}

/** event_time - INTERVAL, as the planner writes it. */
export interface WatermarkExpression {
  readonly kind: "call";
  readonly function: "-";
  readonly arguments: readonly [
    { readonly kind: "input"; readonly index: number; readonly type: SqlType },
    { readonly kind: "literal"; readonly value: number; readonly type: SqlType },
  ];
  readonly type: SqlType;
}

/** The profile's table, named after it. */
export function profileTable(profile: Profile): ProfileTable {
  const columns = columnsOf(profile);
  const column = columns.findIndex(({ name }) => name === "event_time");
  return {
    name: profile.name,
    columns,
    watermark: { column, expression: watermarkBehind(column, profile.time.outOfOrderMs) },
    options: optionsOf(profile),
    system: false,
    position: { file: profile.file, line: 1, column: 1 },
  };
}

/** A TIMESTAMP_LTZ(3) column minus so many milliseconds. */
export function watermarkBehind(column: number, ms: number): WatermarkExpression {
  const value = { kind: "input", index: column, type: TIME } as const;
  const type = { kind: "INTERVAL_DAY_TIME", nullable: false } as const;
  const interval = { kind: "literal", value: ms, type } as const;
  return { kind: "call", function: "-", arguments: [value, interval], type: TIME };
}

/** How rows of the profile's table are made. */
export function profileDecoding(profile: Profile): ProfileDecoding {
  const columns = columnsOf(profile);
  const index = (name: string): number => columns.findIndex((column) => column.name === name);
  const { outOfOrderMs: _, ...time } = profile.time;
  return {
    topic: profile.topic,
    except: profile.except,
    captureColumns: profile.captures.map(index),
    codec: profile.codec,
    resources: readResources(profile).map(({ name, address, transform, minimum, maximum }) => ({
      column: index(name),
      address,
      transform,
      minimum,
      maximum,
      stuckForMs: profile.quality.stuckForMs[name],
      silentForMs: profile.quality.silentForMs[name],
    })),
    sequence:
      profile.identity === undefined
        ? undefined
        : { column: index("sequence"), address: profile.identity.sequence },
    time: { ...time, column: index("event_time") },
    quality: {
      column: index("quality"),
      reasonsColumn: index("quality_reasons"),
      outOfRange: profile.quality.range,
      deviceCapture: profile.captures.indexOf("device"),
      flags: profile.quality.flags.map(({ resource, on = resource, quality }) => {
        return { column: index(resource), of: index(on), quality };
      }),
    },
  };
}

/** In a frame, what is dropped for privacy has its bytes, zero: they are no value. */
function readResources({ codec, privacy, resources }: Profile): Profile["resources"] {
  if (codec.type !== "binary") return resources;
  return resources.filter(({ name }) => privacy?.fields[name]?.kind !== "drop");
}

function columnsOf(profile: Profile): ProfileColumn[] {
  const physical = (name: string, type: SqlType): ProfileColumn => {
    return { name, type, source: { kind: "physical" } };
  };
  return [
    ...profile.captures.map((name) => physical(name, STRING)),
    ...profile.resources.map(({ name, valueType }) => physical(name, valueTypeSql(valueType))),
    physical("sequence", { kind: "BIGINT", nullable: true }),
    physical("event_time", TIME),
    { name: "receive_time", type: TIME, source: { kind: "metadata", key: "receive_time" } },
    { name: "topic", type: STRING, source: { kind: "metadata", key: "topic" } },
    physical("quality", STRING),
    physical("quality_reasons", { kind: "MAP", key: STRING, value: STRING, nullable: true }),
  ];
}

function optionsOf(profile: Profile): Record<string, string> {
  const options: Record<string, string> = {
    connector: "mqtt",
    topic: topicFilter(profile.topic),
    format: profile.codec.type,
    profile: profile.name,
    // Edge-only semantics. `watermark.max-future` is the decoder's here: time.maxFuture.
    "watermark.per": "device",
    "watermark.idle-timeout": IDLE_TIMEOUT,
  };
  const { identity } = profile;
  if (identity === undefined) return options;
  options["identity.key"] = identity.key;
  options["identity.sequence"] = "sequence";
  options["identity.uncertain"] = identity.uncertain;
  if (identity.epoch !== undefined) options["identity.epoch"] = identity.epoch;
  if (identity.wraps !== undefined) options["identity.wraps"] = String(identity.wraps);
  if (identity.window !== undefined) options["identity.window"] = String(identity.window);
  return options;
}
