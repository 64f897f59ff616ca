// Refuses a source table that the gateway could not run, before anything starts: its connector, its options, its
// format, identity and metadata. A table that a device profile declares has been checked with the profile.

import { GatewayError } from "../core/errors.ts";
import { MessageReader } from "../core/message-reader.ts";
import { didYouMean } from "../core/suggest.ts";
import { Decoder } from "../decode/decoder.ts";
import type { SourceTable } from "../sql/plan.ts";
import type { TablePlan } from "./rule-set.ts";

/** Options of an mqtt table; `json.*` are Flink's. */
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
  "json.timestamp-format.standard",
  "json.ignore-parse-errors",
  "json.fail-on-missing-field",
];

/** Throws GatewayError of blame config with the table's position. */
export function checkSource({ table, required }: TablePlan): void {
  if (table.system || table.options["profile"] !== undefined) return;
  const connector = table.options["connector"];
  if (connector !== "mqtt") {
    throw refuse(
      table,
      connector === undefined ? "has no 'connector'" : `connector '${connector}' is no source here`,
      "Read from a table WITH ('connector' = 'mqtt', 'topic' = '…', 'format' = 'json').",
    );
  }
  for (const name of Object.keys(table.options)) {
    if (OPTIONS.includes(name)) continue;
    const hint = didYouMean(name, OPTIONS) ?? `Known are ${OPTIONS.join(", ")}.`;
    throw refuse(table, `option '${name}' is not known`, hint);
  }
  if (!isFilter(table.options["topic"] ?? "")) {
    throw refuse(table, "'topic' is no MQTT topic filter", "Write one such as 'plant/+/up'.");
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
    throw refuse(table, error.message, error.hint ?? "");
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

function refuse(table: SourceTable, message: string, hint: string): GatewayError {
  const { position } = table;
  const text = message.startsWith("table ") ? message : `table ${table.name}: ${message}`;
  return new GatewayError(text, { code: "CONFIG_INVALID", blame: "config", position, hint });
}
