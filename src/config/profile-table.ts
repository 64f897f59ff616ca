// The SQL table that a device profile declares, and how its rows are decoded. Both are plain data, shaped as the
// planner's source tables and the decoder expect them.
//
//   columns  one STRING per topic capture, one per resource, sequence BIGINT, event_time TIMESTAMP_LTZ(3) with
//            WATERMARK = event_time - outOfOrder, receive_time, topic, quality

import type { SourcePosition } from "../core/errors.ts";
import { MAX_LENGTH } from "../core/types.ts";
import type { SqlType } from "../core/types.ts";
import { valueTypeSql } from "./profile.ts";
import type { Profile, ProfileTime } from "./profile.ts";

/** Columns that every profile's table has besides its captures and resources. */
export const RESERVED_COLUMNS: readonly string[] = [
  "sequence",
  "event_time",
  "receive_time",
  "topic",
  "quality",
];

const STRING: SqlType = { kind: "VARCHAR", length: MAX_LENGTH, nullable: true };
const TIME: SqlType = { kind: "TIMESTAMP_LTZ", precision: 3, nullable: true };

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
    watermark: {
      column,
      expression: {
        kind: "call",
        function: "-",
        arguments: [
          { kind: "input", index: column, type: TIME },
          {
            kind: "literal",
            value: profile.time.outOfOrderMs,
            type: { kind: "INTERVAL_DAY_TIME", nullable: false },
          },
        ],
        type: TIME,
      },
    },
    options: optionsOf(profile),
    system: false,
    position: { file: profile.file, line: 1, column: 1 },
  };
}

/** Where each column of the table comes from, by column index. */
export interface ProfileDecoding {
  readonly topic: string;
  readonly except: readonly string[];
  readonly captureColumns: readonly number[];
  readonly resources: readonly {
    readonly column: number;
    readonly pointer: string;
    readonly scale: number;
    readonly offset: number;
    readonly minimum: number | undefined;
    readonly maximum: number | undefined;
  }[];
  readonly sequence: { readonly column: number; readonly pointer: string } | undefined;
  readonly time: Omit<ProfileTime, "outOfOrderMs"> & { readonly column: number };
  readonly qualityColumn: number;
  readonly outOfRange: "good" | "uncertain" | "bad";
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
    resources: profile.resources.map(({ name, pointer, scale, offset, minimum, maximum }) => {
      return { column: index(name), pointer, scale, offset, minimum, maximum };
    }),
    sequence:
      profile.identity === undefined
        ? undefined
        : { column: index("sequence"), pointer: profile.identity.sequencePointer },
    time: { ...time, column: index("event_time") },
    qualityColumn: index("quality"),
    outOfRange: profile.outOfRange,
  };
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
  ];
}

function optionsOf(profile: Profile): Record<string, string> {
  const options: Record<string, string> = {
    connector: "mqtt",
    topic: topicFilter(profile.topic),
    format: "json",
    profile: profile.name,
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

/** The MQTT filter that lets in what a topic with captures can match. */
export function topicFilter(topic: string): string {
  const name = "[A-Za-z_][A-Za-z0-9_]*";
  return topic
    .replace(new RegExp(`(?<=^|/)\\{${name}\\.\\.\\.\\}$`), "#")
    .replace(new RegExp(`(?<=^|/)\\{${name}\\}(?=/|$)`, "g"), "+");
}
