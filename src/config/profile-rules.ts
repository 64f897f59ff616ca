// The alarms and the uplink of a profile as rules: SQL that anybody could have written, planned like any other file. What stands in it
// by name or in quotes comes from a profile that was checked; texts have their quotes doubled.

import type { RuleText } from "./gateway.ts";
import { availabilityName } from "./profile-availability.ts";
import { alarmsOf } from "./profile-alarms.ts";
import { uplinkRules } from "./profile-uplink.ts";
import { silenceName } from "./profile-silence.ts";
import type { Profile, ProfileAlarm } from "./profile.ts";

/** A rule for each alarm, named `profile.alarm`, and one for the uplink. */
export function profileRules(profile: Profile): RuleText[] {
  const alarms = alarmsOf(profile).map((alarm) => {
    const name = `${profile.name}.${alarm.name}`;
    return { file: name, text: ruleText(tableOf(profile, alarm), name, alarm) };
  });
  return [...alarms, ...uplinkRules(profile)];
}

function tableOf(profile: Profile, { condition }: ProfileAlarm): string {
  switch (condition.kind) {
    case "offline":
      return availabilityName(profile);
    case "silent":
      return silenceName(profile);
    default:
      return profile.name;
  }
}

function ruleText(table: string, name: string, alarm: ProfileAlarm): string {
  const { column, expression } = conditionText(alarm);
  const ignored = ignoredText(alarm);
  return [
    `CREATE TABLE \`${name}\` (series STRING, event_time TIMESTAMP_LTZ(3), ${column})`,
    `WITH (${optionsText(alarm)});`,
    `INSERT INTO \`${name}\``,
    `SELECT device, event_time, ${expression}`,
    `FROM \`${table}\`${ignored === "" ? ";" : ""}`,
    ...(ignored === "" ? [] : [`WHERE ${ignored};`]),
  ].join("\n");
}

function conditionText({ on, condition }: ProfileAlarm): { column: string; expression: string } {
  switch (condition.kind) {
    case "limit":
      return { column: "`value` DOUBLE", expression: `CAST(\`${on}\` AS DOUBLE)` };
    case "offline":
      return { column: "active BOOLEAN", expression: "NOT online" };
    case "silent":
      return { column: "active BOOLEAN", expression: "silent" };
    case "true":
      return { column: "active BOOLEAN", expression: `\`${on}\`` };
    case "reason": {
      const { reason } = condition;
      const is = `COALESCE(${reasonOf(on)} = '${reason}', FALSE)`;
      // Where there is no value nothing is known of it: the alarm stays as it is.
      const isOfValue = reason === "range" || reason === "stuck";
      const expression = isOfValue ? `CASE WHEN \`${on}\` IS NOT NULL THEN ${is} END` : is;
      return { column: "active BOOLEAN", expression };
    }
  }
}

function ignoredText({ on, ignore }: ProfileAlarm): string {
  if (ignore.length === 0) return "";
  const reasons = ignore.map((reason) => `'${reason}'`).join(", ");
  return `COALESCE(${reasonOf(on)}, '') NOT IN (${reasons})`;
}

function reasonOf(column: string): string {
  return `quality_reasons['${column}']`;
}

function optionsText(alarm: ProfileAlarm): string {
  const { condition, severity, onDelayMs, offDelayMs, message } = alarm;
  const limits =
    condition.kind === "limit"
      ? { set: String(condition.set), clear: String(condition.clear) }
      : {};
  const options: Readonly<Record<string, string | undefined>> = {
    connector: "alarm",
    severity,
    ...limits,
    "on-delay": onDelayMs === 0 ? undefined : `${onDelayMs} ms`,
    "off-delay": offDelayMs === 0 ? undefined : `${offDelayMs} ms`,
    message,
  };
  return Object.entries(options)
    .flatMap(([key, value]) =>
      value === undefined ? [] : [`'${key}' = '${value.replaceAll("'", "''")}'`],
    )
    .join(", ");
}
