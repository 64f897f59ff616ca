// The table of a profile's rows for the cluster's Flink: a Kafka topic that the gateway fills, by the profile's `uplink` or by
// a rule `INSERT INTO … SELECT * FROM <profile>`. Columns and the delay of the watermark are those of the profile's table; its
// watermark is Flink's there, one for all devices of a partition.

import { profileTable } from "../../config/profile-table.ts";
import { topicOptions } from "../../config/profile-uplink.ts";
import type { Profile } from "../../config/profile.ts";
import type { ExportOptions } from "./export.ts";
import { shownColumns } from "./show.ts";
import type { ShownColumn } from "./show.ts";

/** CREATE TABLE, with a semicolon. */
export function flinkTable(profile: Profile, { topic, brokers }: ExportOptions): string {
  const columns = shownColumns(profile, profileTable(profile));
  const width = Math.max(...columns.map(({ name }) => name.length)) + 2;
  const lines = [
    ...columns.map((column) => columnText(column, width)),
    `WATERMARK FOR \`event_time\` AS \`event_time\` - ${interval(profile.time.outOfOrderMs)}`,
  ];
  const written =
    profile.uplink === undefined
      ? { connector: "kafka", topic: profile.name, format: "json" }
      : topicOptions(profile.uplink);
  const options = {
    ...written,
    ...(topic !== undefined && { topic }),
    ...(profile.uplink?.schema === "avro-confluent" && {
      "value.avro-confluent.url": "http://localhost:8081",
    }),
    "properties.bootstrap.servers": brokers ?? "localhost:9092",
    "scan.startup.mode": "earliest-offset",
  };
  const about = [profile.manufacturer, profile.model].filter((text) => text !== "").join(" ");
  return [
    `CREATE TABLE \`${profile.name}\` (`,
    lines.map((line) => `  ${line}`).join(",\n"),
    about === "" ? ") WITH (" : `) COMMENT ${quoted(about)} WITH (`,
    Object.entries(options)
      .map(([key, value]) => `  ${quoted(key)} = ${quoted(value)}`)
      .join(",\n"),
    ");",
  ].join("\n");
}

function columnText({ name, type, units, description }: ShownColumn, width: number): string {
  const unit = units === "" ? "" : `in ${units}`;
  const comment = [description, unit].filter((text) => text !== "").join(", ");
  const column = `${`\`${name}\``.padEnd(width)} ${type}`;
  return comment === "" ? column : `${column} COMMENT ${quoted(comment)}`;
}

/** An INTERVAL in the largest unit that keeps it whole: two digits are all that Flink takes without a precision. */
function interval(ms: number): string {
  const units = [
    ["DAY", 86_400_000],
    ["HOUR", 3_600_000],
    ["MINUTE", 60_000],
    ["SECOND", 1000],
  ] as const;
  const [unit, size] = units.find(([, each]) => ms >= each && ms % each === 0) ?? ["SECOND", 1000];
  const digits = String(Math.floor(ms / size)).length;
  const precision = digits <= 2 ? "" : `(${digits})`;
  return `INTERVAL '${ms / size}' ${unit}${precision}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
