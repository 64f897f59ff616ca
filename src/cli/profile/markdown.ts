// A profile as a page to read: what the device is, where its messages come, its columns, an example with its row.

import { profileTable } from "../../config/profile-table.ts";
import { topicFilter } from "../../config/profile-topic.ts";
import { alarmsOf } from "../../config/profile-alarms.ts";
import type { Profile, ProfileAlarm, ProfileExample } from "../../config/profile.ts";
import { factTexts } from "./fact-texts.ts";
import { rangeText, shownColumns } from "./show.ts";

/** The page, without a line end. */
export function markdownPage(profile: Profile): string {
  const { name, manufacturer, model, description, labels } = profile;
  const { watermark, time, clock, identity, quality, ...rest } = factTexts(profile);
  const { availability, privacy, uplink } = rest;
  const about = [manufacturer, model].filter((text) => text !== "").join(" ");
  const facts = [
    ["Topic", code(profile.topic)],
    ["Filter", `${code(topicFilter(profile.topic))}, QoS ${profile.qos}`],
    ["Payload", profile.codec.type],
    ["Event time", cell(time)],
    ["Watermark", watermark],
    ["Identity", cell(identity ?? "none")],
    ...(clock === "" ? [] : [["Clock", clock]]),
    ["Quality", cell(quality.join("; "))],
    ...(availability === undefined ? [] : [["Availability", cell(availability)]]),
    ...(privacy.length === 0 ? [] : [["Privacy", privacy.join("; ")]]),
    ...(uplink === undefined ? [] : [["Uplink", cell(uplink)]]),
    ...(labels.length === 0 ? [] : [["Labels", labels.join(", ")]]),
  ];
  const columns = shownColumns(profile, profileTable(profile)).map((column) => [
    code(column.name),
    column.type,
    cell(column.units),
    rangeText(column),
    cell(column.from),
    cell(column.description),
  ]);
  const [example] = profile.examples;
  return [
    `# ${name}`,
    ...[about, description].flatMap((text) => (text === "" ? [] : ["", text])),
    "",
    ...tableText([["", ""], ...facts]),
    "",
    "## Columns",
    "",
    ...tableText([["Column", "Type", "Unit", "Range", "From", "Meaning"], ...columns]),
    ...alarmsText(profile),
    ...(example === undefined ? [] : ["", ...exampleText(example)]),
  ].join("\n");
}

function alarmsText(profile: Profile): string[] {
  const alarms = alarmsOf(profile).map(({ name, on, condition, severity, ...rest }) => {
    const delays = [rest.onDelayMs, rest.offDelayMs].map((ms) => `${ms / 1000} s`).join(", ");
    return [code(name), severity, cell(alarmText(on, condition)), delays, cell(rest.message ?? "")];
  });
  if (alarms.length === 0) return [];
  const heading = ["Alarm", "Severity", "Raised when", "On, off delay", "Message"];
  return ["", "## Alarms", "", ...tableText([heading, ...alarms])];
}

function alarmText(on: string, condition: ProfileAlarm["condition"]): string {
  switch (condition.kind) {
    case "true":
      return `${on} is true`;
    case "offline":
    case "silent":
      return `the device is ${condition.kind}`;
    case "reason":
      return `${on} is ${condition.reason}`;
    case "limit": {
      const { set, clear } = condition;
      return clear > set ? `${on} ≤ ${set}, until > ${clear}` : `${on} ≥ ${set}, until < ${clear}`;
    }
  }
}

function tableText([heading = [], ...rows]: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(heading), line(heading.map(() => "---")), ...rows.map(line)];
}

function exampleText({ topic, payload, expect }: ProfileExample): string[] {
  const isText = typeof payload === "string";
  const text = isText ? payload : Buffer.from(payload).toString("hex");
  const outcome = "row" in expect ? JSON.stringify(expect.row, null, 2) : expect.deadLetter;
  return [
    "## Example",
    "",
    `On ${code(topic)}${isText ? "" : ", in hexadecimal digits"}:`,
    ...fenced(text),
    "row" in expect ? "gives a row with" : "is a dead letter:",
    ...fenced(outcome),
  ];
}

function fenced(text: string): string[] {
  return ["", "```", text, "```", ""];
}

function code(text: string): string {
  return `\`${cell(text)}\``;
}

/** Text that ends no cell. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
