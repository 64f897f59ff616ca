// headrace_late, headrace_dead_letter, headrace_rollback: rows about rows that did not make it. Gathered while a batch runs, fed to
// the rules that read these tables after it, and forwarded to a topic if one is configured. A dead letter made by
// such a rule itself is counted and forwarded, not fed again: it could go round for ever.

import type { MessageSource, RowBatch } from "../core/row-batch.ts";
import { NULL, newColumn, VALUE } from "../core/row-batch.ts";
import { columnLayout } from "../core/types.ts";
import type { Field, SqlType, SqlValue } from "../core/types.ts";
import { rowJsonWriter } from "../core/value/row-json.ts";
import { timestampText } from "../core/value/time-text.ts";

/** A late row or dead letter; undefined = NULL. */
export interface SystemRow {
  readonly rule: string | undefined;
  readonly table: string | undefined;
  readonly topic: string | undefined;
  readonly receiveTimeMs: number | undefined;
  readonly eventTimeMs: number | undefined;
  readonly reason: string;
  readonly payload: Uint8Array | undefined;
}

export const SYSTEM_TABLES = [
  "headrace_late",
  "headrace_dead_letter",
  "headrace_rollback",
] as const;
export type SystemTable = (typeof SYSTEM_TABLES)[number];

const STRING: SqlType = { kind: "VARCHAR", length: 2_147_483_647, nullable: true };
const TIME: SqlType = { kind: "TIMESTAMP_LTZ", precision: 3, nullable: true };

const FIELDS: readonly Field[] = [
  { name: "rule", type: STRING },
  { name: "table", type: STRING },
  { name: "topic", type: STRING },
  { name: "receive_time", type: TIME },
  { name: "event_time", type: TIME },
  { name: "reason", type: STRING },
  { name: "payload", type: { kind: "VARBINARY", length: 2_147_483_647, nullable: true } },
];

/** A system row as Kafka gets it. */
export const systemRowJson: (row: SystemRow) => string = (row) => write(valuesOf(row));
const write = rowJsonWriter(FIELDS, "flink");

/** Why a row is late, in words. */
export function lateReason(windowEndMs: number | undefined, watermarkMs: number): string {
  const missed =
    windowEndMs === undefined
      ? "later rows had left in their order"
      : `the window ending ${instant(windowEndMs)} had fired`;
  return `${missed}, the watermark was ${instant(watermarkMs)}`;
}

/** An instant for a reason's text. */
export function instant(epochMs: number): string {
  return Number.isFinite(epochMs) ? `${timestampText(epochMs, " ", 0)}Z` : String(epochMs);
}

/** Rows as a batch of the system table. */
export function systemBatch(rows: readonly SystemRow[]): RowBatch {
  const columns = FIELDS.map(({ type }) => newColumn(columnLayout(type), rows.length));
  for (const [row, values] of rows.map(valuesOf).entries()) {
    for (const [index, column] of columns.entries()) {
      const value = values[index] ?? null;
      if (column.layout === "value") column.values[row] = value;
      else {
        column.state[row] = value === null ? NULL : VALUE;
        column.values[row] = Number(value ?? 0);
      }
    }
  }
  return {
    count: rows.length,
    columns,
    origin: Uint32Array.from(rows, (_, row) => row),
    skip: new Uint8Array(rows.length),
    messages: asMessages(rows),
  };
}

function valuesOf(row: SystemRow): SqlValue[] {
  return [
    row.rule ?? null,
    row.table ?? null,
    row.topic ?? null,
    row.receiveTimeMs ?? null,
    row.eventTimeMs ?? null,
    row.reason,
    row.payload ?? null,
  ];
}

function asMessages(rows: readonly SystemRow[]): MessageSource {
  return {
    topic: (row) => rows[row]?.topic ?? "",
    receiveTimeMs: (row) => rows[row]?.receiveTimeMs ?? 0,
    payload: (row) => rows[row]?.payload ?? new Uint8Array(0),
  };
}
