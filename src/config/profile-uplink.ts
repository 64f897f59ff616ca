// `x-gateway.uplink`: every row of a profile's table into Kafka, as a rule that headrace writes. What
// `headrace profile export flink` says of the topic is what is in it.
//
//   uplink: {topic: iot.vib.v1, key: "{device}", schema: avro}

import type { SqlType } from "../core/types.ts";
import { choice, pattern, section } from "./fields.ts";
import type { Field } from "./fields.ts";
import type { RuleText } from "./gateway.ts";
import type { PlacedProblem } from "./problems.ts";
import { alarmsOf } from "./profile-alarms.ts";
import { profileTable } from "./profile-table.ts";
import type { ProfileUplink } from "./profile-outlets.ts";
import type { Profile } from "./profile.ts";

/** The rule is named `profile.uplink`. */
const NAME = "uplink";

/** The section. */
export const UPLINK: Field<ProfileUplink> = section({
  topic: pattern(/^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/, "the name of a Kafka topic"),
  key: pattern(
    /^(?:\{[A-Za-z_][A-Za-z0-9_]*\}|[A-Za-z_][A-Za-z0-9_]*)$/,
    "{device}, or the name of a column",
  ).default("{device}"),
  schema: choice(["json", "avro", "avro-confluent"]).default("json"),
}).transform(({ topic, key, schema }): ProfileUplink => {
  return { topic, key: key.replaceAll(/[{}]/g, ""), schema };
});

/** What the section says that cannot be; each with its place in the file. */
export function uplinkProblems(profile: Profile): PlacedProblem[] {
  const { uplink, captures, resources } = profile;
  if (uplink === undefined) return [];
  const path = ["x-gateway", NAME];
  const problems: PlacedProblem[] = [];
  const resource = resources.find(({ name }) => name === uplink.key);
  if (!captures.includes(uplink.key) && resource?.valueType !== "String") {
    const message =
      resource === undefined
        ? `"${uplink.key}" is neither a capture nor a resource`
        : `"${uplink.key}" is ${resource.valueType}: the key is text`;
    problems.push({ path: [...path, "key"], message });
  }
  if (alarmsOf(profile).some(({ name }) => name === NAME)) {
    const hint = "Rename the alarm.";
    problems.push({ path, message: `the rule ${ruleName(profile)} is an alarm's already`, hint });
  }
  return problems;
}

/** Options of the topic's table that the gateway and a reader of it have in common. */
export function topicOptions({ topic, key, schema }: ProfileUplink): Record<string, string> {
  return {
    connector: "kafka",
    topic,
    "key.format": "raw",
    "key.fields": key,
    "value.format": schema,
    // Without it Flink's Avro has no TIMESTAMP_LTZ.
    ...(schema !== "json" && { [`value.${schema}.timestamp_mapping.legacy`]: "false" }),
  };
}

/** The rule; none without the section. */
export function uplinkRules(profile: Profile): RuleText[] {
  const { uplink } = profile;
  if (uplink === undefined) return [];
  const name = ruleName(profile);
  const { columns } = profileTable(profile);
  const options = { ...topicOptions(uplink), lane: "raw" };
  const text = [
    `CREATE TABLE \`${name}\` (`,
    columns.map((column) => `  \`${column.name}\` ${typeText(column.type)}`).join(",\n"),
    `) WITH (${Object.entries(options)
      .map(([key, value]) => `'${key}' = '${value}'`)
      .join(", ")});`,
    `INSERT INTO \`${name}\``,
    `SELECT ${columns.map((column) => `\`${column.name}\``).join(", ")}`,
    `FROM \`${profile.name}\`;`,
  ].join("\n");
  return [{ file: name, text }];
}

function ruleName({ name }: Profile): string {
  return `${name}.${NAME}`;
}

/** Of the types that a profile's table has. */
function typeText(type: SqlType): string {
  switch (type.kind) {
    case "VARCHAR":
      return "STRING";
    case "DECIMAL":
      return `DECIMAL(${type.precision}, ${type.scale})`;
    case "TIMESTAMP_LTZ":
      return `TIMESTAMP_LTZ(${type.precision})`;
    case "MAP":
      return `MAP<${typeText(type.key)}, ${typeText(type.value)}>`;
    default:
      return type.kind;
  }
}
