// Refuses a source table that the gateway could not run, before anything starts: its connector, its options, its
// format, identity and metadata. A table that a device profile declares has been checked with the profile.

import { GatewayError } from "../core/errors.ts";
import { MessageReader } from "../core/message-reader.ts";
import { didYouMean } from "../core/suggest.ts";
import { Decoder } from "../decode/decoder.ts";
import { WATERMARK_OPTIONS } from "../sql/binder/watermark-options.ts";
import type { SourceTable } from "../sql/plan.ts";
import type { TablePlan } from "./rule-set.ts";

/** Options of an mqtt table; those that begin with the format's name are the format's. */
const OPTIONS = [
  "connector",
  "topic",
  "source",
  "format",
  "retained",
  "identity.key",
  "identity.sequence",
  "identity.epoch",
  "identity.wraps",
  "identity.window",
  "identity.uncertain",
  ...WATERMARK_OPTIONS,
];

/** Throws GatewayError of blame config with the place of the option, or of the table. */
export function checkSource({ table, required }: TablePlan): void {
  if (table.system || table.options["profile"] !== undefined) return;
  const connector = table.options["connector"];
  if (connector !== "mqtt") {
    throw refuse(
      table,
      connector === undefined ? "has no 'connector'" : `connector '${connector}' is no source here`,
      "Read from a table WITH ('connector' = 'mqtt', 'topic' = '…', 'format' = 'json').",
      "connector",
    );
  }
  const ofFormat = `${table.options["format"] ?? "json"}.`;
  for (const name of Object.keys(table.options)) {
    if (OPTIONS.includes(name) || name.startsWith(ofFormat)) continue;
    const hint = didYouMean(name, OPTIONS) ?? `Known are ${OPTIONS.join(", ")}, ${ofFormat}….`;
    throw refuse(table, `option '${name}' is not known`, hint, name);
  }
  if (!isFilter(table.options["topic"] ?? "")) {
    const hint = "Write one such as 'plant/+/up'.";
    throw refuse(table, "'topic' is no MQTT topic filter", hint, "topic");
  }
  try {
    // What decode would refuse at its start, it refuses here.
    void new Decoder({
      tables: [{ table, required }],
      gatewayId: "",
      receiveMaximum: 1,
      reader: new MessageReader(),
    });
  } catch (error) {
    if (!(error instanceof GatewayError) || error.blame !== "config") throw error;
    throw refuse(table, error.message, error.hint ?? "", error.context["option"]);
  }
}

/** @see MQTT 5.0 §4.7.1 */
function isFilter(filter: string): boolean {
  const levels = filter.split("/");
  return (
    filter !== "" &&
    !filter.includes("\u0000") &&
    levels.every(
      (level, i) =>
        level === "+" ||
        (level === "#" && i === levels.length - 1) ||
        !(level.includes("+") || level.includes("#")),
    )
  );
}

function refuse(table: SourceTable, message: string, hint: string, option?: unknown): GatewayError {
  const position = table.places?.[String(option)] ?? table.position;
  const text = message.startsWith("table ") ? message : `table ${table.name}: ${message}`;
  return new GatewayError(text, { code: "CONFIG_INVALID", blame: "config", position, hint });
}
