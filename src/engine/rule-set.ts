// From SQL texts to what is in force: rules with unique names, and tables merged across files. A file is a
// namespace of its own; tables with the same definition in several files are one table (one scan, one identity
// state, one watermark). A rule is one INSERT, named after its file, or `stem.sink` where the file has several.
// Plain data: the main thread plans, the core worker runs.

import { createHash } from "node:crypto";
import { basename } from "node:path";

import { validateAlarmSink } from "../alarms/sink.ts";
import type { RuleText } from "../config/gateway.ts";
import { GatewayError } from "../core/errors.ts";
import type { SourcePosition } from "../core/errors.ts";
import { LANES } from "../core/protocol.ts";
import type { Lane } from "../core/protocol.ts";
import type { Plan, Query, Relation, SinkTable, SourceTable } from "../sql/plan.ts";
import { planSql } from "../sql/plan-sql.ts";
import { tableSignature } from "../sql/table-signature.ts";

export interface RuleSet {
  readonly tables: readonly TablePlan[];
  readonly rules: readonly RulePlan[];
}

/** A table that some rule reads. `signature` names its definition: state is kept while it stays the same. */
export interface TablePlan {
  readonly signature: string;
  readonly table: SourceTable;
  /** Column indexes that some rule, the watermark or the identity reads. */
  readonly required: readonly number[];
}

export interface RulePlan {
  readonly name: string;
  /** Names the rule's text: state is kept while it stays the same. */
  readonly version: string;
  readonly query: Query;
  readonly sink: SinkTable;
  /** Signatures of the tables that its scans read, in the order of `scansOf`. */
  readonly tables: readonly string[];
  /** For a kafka sink, where its rows wait. */
  readonly lane: Lane;
}

/** Sink connectors that `run` knows. */
const CONNECTORS = ["kafka", "alarm", "print", "blackhole"];

/**
 * Plans every file and merges the results. `profileTables` are predeclared in every file.
 * Throws GatewayError of blame config with a position for the first file that is refused.
 */
export function planRules(
  files: readonly RuleText[],
  profileTables: readonly SourceTable[],
): RuleSet {
  const rules = new Map<string, RulePlan>();
  const tables = new Map<string, { table: SourceTable; required: Set<number> }>();
  for (const { file, text } of files) {
    const plan = planSql(text, { file, tables: profileTables });
    for (const rule of rulesOf(plan, file)) {
      const twin = rules.get(rule.name);
      if (twin !== undefined) {
        throw refuse(
          `a rule named ${rule.name} stands in ${twin.query.position.file} already`,
          rule.query.position,
          "rename one of the two files: a rule is named after its file",
        );
      }
      rules.set(rule.name, rule);
      requireColumns(rule.query.root, tables);
    }
  }
  return {
    tables: Array.from(tables, ([signature, { table, required }]) => ({
      signature,
      table,
      required: [...required].sort((a, b) => a - b),
    })),
    rules: [...rules.values()],
  };
}

/** The scans of a relation tree, in text order. */
export function scansOf(relation: Relation): Extract<Relation, { kind: "scan" }>[] {
  if (relation.kind === "scan") return [relation];
  return relation.kind === "union" ? relation.inputs.flatMap(scansOf) : scansOf(relation.input);
}

function rulesOf(plan: Plan, file: string): RulePlan[] {
  const stem = basename(file).replace(/\.sql$/i, "");
  return plan.queries.map((query) => {
    const { sink } = query;
    if (sink === undefined) {
      throw refuse(
        "a bare SELECT has nowhere to send its rows",
        query.position,
        "insert into a table WITH ('connector' = 'print') to see them on stdout",
      );
    }
    checkSink(sink);
    const name = plan.queries.length === 1 ? stem : `${stem}.${sink.name}`;
    const tables = scansOf(query.root).map(({ table }) => tableSignature(table));
    return { name, version: versionOf(query), query, sink, tables, lane: laneOf(sink) };
  });
}

/** A digest of what the query means: where it stands in its file is left out. */
function versionOf(query: Query): string {
  const text = JSON.stringify(query, (key, value: unknown) => {
    if (key === "position") return undefined;
    return typeof value === "bigint" ? `${value}n` : value;
  });
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}

function checkSink(sink: SinkTable): void {
  const connector = sink.options["connector"];
  if (connector === undefined || !CONNECTORS.includes(connector)) {
    throw refuse(
      connector === undefined
        ? `sink table ${sink.name} has no 'connector'`
        : `connector '${connector}' of sink table ${sink.name} is not built yet`,
      sink.position,
      `use one of ${CONNECTORS.map((name) => `'${name}'`).join(", ")}`,
    );
  }
  if (connector === "alarm") validateAlarmSink(sink);
  if (connector === "kafka") checkKafkaSink(sink);
}

const KAFKA_OPTIONS = [
  "connector",
  "topic",
  "format",
  "value.format",
  "key.format",
  "key.fields",
  "value.fields-include",
  "sink.delivery-guarantee",
  "lane",
];

function checkKafkaSink(sink: SinkTable): void {
  const { options } = sink;
  const at = (message: string, hint: string): GatewayError => refuse(message, sink.position, hint);
  for (const name of Object.keys(options)) {
    if (KAFKA_OPTIONS.includes(name) || name.startsWith("properties.")) continue;
    throw at(
      `option '${name}' of kafka table ${sink.name} is not known here`,
      `known are ${KAFKA_OPTIONS.join(", ")}; brokers and credentials stand in gateway.yaml`,
    );
  }
  if (!options["topic"]) throw at(`kafka table ${sink.name} has no 'topic'`, "add 'topic' = '…'");
  const format = options["format"] ?? options["value.format"];
  if (format !== "json") {
    throw at(
      `format '${format ?? ""}' of kafka table ${sink.name} is not built yet`,
      "use 'format' = 'json'",
    );
  }
  const keyFormat = options["key.format"];
  const keys = keyFieldsOf(sink);
  if (keyFormat !== undefined && !["raw", "json"].includes(keyFormat)) {
    throw at(`key.format '${keyFormat}' is not built yet`, "use 'raw' or 'json'");
  }
  if ((keyFormat === undefined) !== (keys.length === 0)) {
    throw at("'key.format' and 'key.fields' go together", "give both or neither");
  }
  for (const key of keys) {
    if (!sink.columns.some((column) => column.name === key)) {
      throw at(
        `key.fields names ${key}, which is no column of ${sink.name}`,
        `its columns are ${sink.columns.map((column) => column.name).join(", ")}`,
      );
    }
  }
  if (keyFormat === "raw" && keys.length !== 1) {
    throw at("'key.format' = 'raw' takes exactly one key field", "use 'json' for several");
  }
  const guarantee = options["sink.delivery-guarantee"];
  if (guarantee !== undefined && guarantee !== "exactly-once") {
    throw at(
      `sink.delivery-guarantee '${guarantee}' is not built yet`,
      "leave it out: exactly-once",
    );
  }
  const include = options["value.fields-include"];
  if (include !== undefined && include !== "ALL" && include !== "EXCEPT_KEY") {
    throw at(`value.fields-include '${include}' is not known`, "use 'ALL' or 'EXCEPT_KEY'");
  }
  const lane = options["lane"];
  if (lane !== undefined && !(LANES as readonly string[]).includes(lane)) {
    throw at(`lane '${lane}' is not known`, `lanes are ${LANES.join(", ")}`);
  }
}

/** The columns named by `key.fields`, separated by semicolons as in Flink. */
export function keyFieldsOf(sink: SinkTable): string[] {
  return (sink.options["key.fields"] ?? "")
    .split(";")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

function laneOf(sink: SinkTable): Lane {
  const fallback = sink.options["connector"] === "alarm" ? "alarm" : "result";
  return (sink.options["lane"] as Lane | undefined) ?? fallback;
}

function requireColumns(
  root: Relation,
  tables: Map<string, { table: SourceTable; required: Set<number> }>,
): void {
  for (const scan of scansOf(root)) {
    const signature = tableSignature(scan.table);
    let entry = tables.get(signature);
    if (entry === undefined)
      tables.set(signature, (entry = { table: scan.table, required: new Set() }));
    for (const column of scan.required) entry.required.add(column);
    for (const option of ["identity.key", "identity.sequence", "identity.epoch"]) {
      const name = scan.table.options[option];
      const index = scan.table.columns.findIndex((column) => column.name === name);
      if (index >= 0) entry.required.add(index);
    }
  }
}

function refuse(message: string, position: SourcePosition, hint: string): GatewayError {
  return new GatewayError(message, { code: "CONFIG_INVALID", blame: "config", position, hint });
}
