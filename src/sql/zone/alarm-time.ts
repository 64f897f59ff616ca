// The event time of alarms in a time zone: they wait for the watermark, which is an instant.

import { GatewayError } from "../../core/errors.ts";
import { scannedTables } from "../binder/finish.ts";
import type { Relation, SinkTable } from "../plan.ts";

/** Throws where an alarm would take the TIMESTAMP of a clock on the wall, such as window_end, for an instant. */
export function refuseLocalAlarmTime(root: Relation, sink: SinkTable, zone: string): void {
  if (sink.options["connector"] !== "alarm") return;
  const eventTime = sink.columns.find(({ name }) => name === "event_time");
  if (eventTime?.type.kind !== "TIMESTAMP") return;
  const isZoned = scannedTables(root).some(({ watermark, columns }) => {
    return watermark !== undefined && columns[watermark.column]?.type.kind === "TIMESTAMP_LTZ";
  });
  if (!isZoned) return;
  const message = `event_time of alarm table ${sink.name} is a TIMESTAMP, which is no instant in the time zone ${zone}`;
  throw new GatewayError(message, {
    code: "SQL_UNSUPPORTED",
    blame: "config",
    position: sink.position,
    hint: "Declare event_time TIMESTAMP_LTZ(3), and insert the rowtime, window_time or CAST(window_end AS TIMESTAMP_LTZ(3)).",
  });
}
