// Payloads and rows as the formats of a real Flink 2.3 read and wrote them: test/flink-formats/*.json, one file per
// group, made by calling Flink's own format factories.

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { readProtobuf } from "../../src/config/protobuf-file.ts";
import type { Field } from "../../src/core/types.ts";
import { planSql } from "../../src/sql/plan-sql.ts";

const FOLDER = join(import.meta.dirname, "..", "flink-formats");

/** Groups of payloads, each with the format that reads them. */
export const READ_GROUPS = [
  ["csv", "csv"],
  ["raw", "raw"],
  ["json-arrays", "json"],
  ["avro", "avro"],
  ["avro-writer", "avro"],
  ["avro-writer", "avro-confluent"],
  ["protobuf", "protobuf"],
] as const;

/** Groups of rows, each with the format that writes them. */
export const WRITTEN_GROUPS = [
  ["csv", "csv"],
  ["csv-writer", "csv"],
  ["json-writer", "json"],
  ["raw", "raw"],
  ["avro", "avro"],
  ["protobuf", "protobuf"],
] as const;

/** A table's columns and options, and what Flink made of payloads and rows under them. */
export interface FormatCase {
  readonly columns: readonly (readonly [name: string, type: string])[];
  readonly options: Readonly<Record<string, string>>;
  /** Flink refuses the table, for this reason. */
  readonly refused?: string;
  /** The schema that the payloads were written with (behind a registry's header). */
  readonly writer?: unknown;
  /** The file that declares the message. */
  readonly proto?: string;
  /** The schema that Flink derives from the columns. */
  readonly schema?: unknown;
  readonly decoded?: readonly DecodedPayload[];
  readonly encoded?: readonly EncodedRow[];
  /** Why headrace differs on purpose in the whole case. */
  readonly differs?: string;
}

export interface DecodedPayload {
  readonly text?: string;
  readonly hex?: string;
  /** JSON lines, in the order in which they were emitted. */
  readonly rows?: readonly string[];
  /** Flink's job fails on this payload. */
  readonly fails?: true;
  /** Why headrace differs on purpose. */
  readonly differs?: string;
}

export interface EncodedRow {
  readonly row: string;
  readonly text?: string;
  readonly hex?: string;
  /** Flink writes no value at all. */
  readonly bytes?: null;
  readonly fails?: true;
  readonly differs?: string;
}

/** The cases of a group. */
export function formatCases(group: string): FormatCase[] {
  return JSON.parse(readFileSync(join(FOLDER, `${group}.json`), "utf8")) as FormatCase[];
}

/** The bytes of a payload or of an encoded row. */
export function bytesOf({ text, hex = "" }: DecodedPayload | EncodedRow): Buffer {
  return text === undefined ? Buffer.from(hex, "hex") : Buffer.from(text);
}

/** The options that the planner makes of the files that a table names. */
export function schemaOptions({ writer, proto, options }: FormatCase): Record<string, string> {
  if (writer !== undefined) return { "avro.avsc": JSON.stringify(writer) };
  if (proto === undefined) return {};
  const message = options["protobuf.message-class-name"] ?? "";
  return { "protobuf.proto": JSON.stringify(readProtobuf(join(FOLDER, proto), message)) };
}

/** The columns of a case, typed by the planner. */
export function fieldsOf({ columns }: FormatCase): Field[] {
  const list = columns.map(([name, type]) => `\`${name}\` ${type}`).join(", ");
  // Of JSON the planner would refuse maps that other formats can have.
  const text = `CREATE TABLE t (${list}) WITH ('format' = 'protobuf'); SELECT * FROM t;`;
  const plan = planSql(text, { file: "case.sql" });
  return (plan.tables[0]?.columns ?? []).map(({ name, type }) => ({ name, type }));
}

/** A short name for a case. */
export function caseName({ columns, options }: FormatCase): string {
  const types = columns.map(([name, type]) => `${name} ${type}`).join(", ");
  const shown = types.length > 60 ? `${types.slice(0, 60)}…` : types;
  return Object.keys(options).length === 0 ? shown : `${shown} ${JSON.stringify(options)}`;
}
