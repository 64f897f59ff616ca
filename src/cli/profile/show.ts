// `headrace profile show NAME|FILE`: the table that a profile declares, and where its rows come from.

import { profileTable } from "../../config/profile-table.ts";
import { profileTables } from "../../config/profile-tables.ts";
import { topicFilter } from "../../config/profile-topic.ts";
import { profileRules } from "../../config/profile-rules.ts";
import type { ProfileTable } from "../../config/profile-table.ts";
import type { Profile } from "../../config/profile.ts";
import { formatType } from "../../sql/types.ts";
import { addressText } from "./address-text.ts";
import { factTexts, timeText } from "./fact-texts.ts";
import { findProfile } from "./find.ts";
import { textTable } from "./text-table.ts";

export interface ShowOptions {
  readonly json?: boolean;
}

/** A column as it is shown. */
export interface ShownColumn {
  readonly name: string;
  readonly type: string;
  readonly units: string;
  readonly from: string;
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
  readonly description: string;
}

export function show(nameOrFile: string, { json }: ShowOptions): number {
  const profile = findProfile(nameOrFile);
  const text = json ? JSON.stringify(shown(profile)) : textOf(profile).join("\n");
  process.stdout.write(`${text}\n`);
  return 0;
}

/** The columns of a profile's table, with what is known of each. */
export function shownColumns(profile: Profile, table: ProfileTable): ShownColumn[] {
  return table.columns.map(({ name, type }) => {
    const resource = profile.resources.find((each) => each.name === name);
    return {
      name,
      type: formatType(type),
      units: resource?.units ?? "",
      from: resource === undefined ? originOf(name, profile) : addressText(resource.address),
      minimum: resource?.minimum,
      maximum: resource?.maximum,
      description: resource?.description ?? "",
    };
  });
}

function shown(profile: Profile): object {
  const { name, manufacturer, model, description, labels, file, topic, except, qos } = profile;
  const table = profileTable(profile);
  const [, ...besides] = profileTables(profile);
  return {
    name,
    manufacturer,
    model,
    description,
    labels,
    file,
    topic,
    filter: topicFilter(topic),
    except,
    qos,
    codec: profile.codec.type,
    columns: shownColumns(profile, table),
    besides: besides.map(({ name: beside, columns }) => {
      return { name: beside, columns: columns.map((each) => [each.name, formatType(each.type)]) };
    }),
    ...factTexts(profile),
    rules: profileRules(profile).map(({ text }) => text),
    options: table.options,
    examples: profile.examples.length,
  };
}

function textOf(profile: Profile): string[] {
  const { name, manufacturer, model, description, topic, except, qos } = profile;
  const { watermark, time, clock, identity, quality, ...facts } = factTexts(profile);
  const { availability, privacy, uplink } = facts;
  const columns = shownColumns(profile, profileTable(profile));
  const [, ...besides] = profileTables(profile);
  const about = [manufacturer, model].filter((text) => text !== "").join(" ");
  const told = [
    ["file", profile.file],
    ["table", `\`${name}\``],
    ...besides.map((table) => ["beside it", `\`${table.name}\`: ${columnsText(table)}`]),
    ["topic", `${topic}  (QoS ${qos}, filter ${topicFilter(topic)})`],
    ...(except.length === 0 ? [] : [["except", except.join(", ")]]),
    ["payload", profile.codec.type],
    ["time", time],
    ["watermark", watermark],
    ["identity", identity ?? "none: re-sends by packet id only"],
    ...(clock === "" ? [] : [["clock", clock]]),
    ...quality.map((text) => ["quality", text]),
    ...(availability === undefined ? [] : [["availability", availability]]),
    ...privacy.map((text) => ["privacy", text]),
    ...(uplink === undefined ? [] : [["uplink", uplink]]),
    ["examples", String(profile.examples.length)],
  ];
  return [
    about === "" ? name : `${name}: ${about}`,
    ...(description === "" ? [] : [description]),
    "",
    ...textTable(told),
    "",
    ...textTable([
      ["column", "type", "unit", "range", "from", "description"],
      ...columns.map((column) => [
        column.name,
        column.type,
        column.units,
        rangeText(column),
        column.from,
        column.description,
      ]),
    ]),
    ...profileRules(profile).flatMap(({ text }) => ["", ...text.split("\n")]),
  ];
}

function columnsText({ columns }: ProfileTable): string {
  return columns.map(({ name }) => name).join(", ");
}

/** `-40…125`, `0…`, or nothing. */
export function rangeText({ minimum, maximum }: ShownColumn): string {
  if (minimum === undefined && maximum === undefined) return "";
  return `${minimum ?? ""}…${maximum ?? ""}`;
}

function originOf(name: string, profile: Profile): string {
  switch (name) {
    case "sequence":
      return profile.identity === undefined ? "" : addressText(profile.identity.sequence);
    case "event_time":
      return timeText(profile.time);
    case "receive_time":
      return "the clock of the gateway";
    case "topic":
      return "the message";
    case "quality":
      return "the worst of quality_reasons";
    case "quality_reasons":
      return "what is not simply good, by column";
    default:
      return `{${name}} of the topic`;
  }
}
