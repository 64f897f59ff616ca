// From SQL texts to what is in force: rules with unique names, and tables merged across files. A file is a
// namespace of its own; tables with the same definition in several files are one table (one scan, one identity
// state, one watermark). A rule is one INSERT, named after its file, or `stem.sink` where the file has several.
// Plain data: the main thread plans, the core worker runs.

import { createHash } from "node:crypto";
import { basename, dirname } from "node:path";

import { validateAlarmSink } from "../alarms/sink.ts";
import type { RuleText } from "../config/gateway.ts";
import { GatewayError } from "../core/errors.ts";
import type { SourcePosition } from "../core/errors.ts";
import type { Lane } from "../core/protocol.ts";
import { deviceColumn } from "../operators/device-column.ts";
import type { OptionContent } from "../sql/binder/options.ts";
import { FieldDemands } from "../sql/field-demands.ts";
import type { ColumnPart, Plan, Query, Relation, SinkTable, SourceTable } from "../sql/plan.ts";
import { partsOf } from "../sql/require-columns.ts";
import { KafkaSink } from "./kafka-sink.ts";
import { planText } from "./plan-text.ts";
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
  /** Of ROW columns that no rule reads as a whole, the fields that some rule reads. */
  readonly parts: readonly ColumnPart[];
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
  /** Its rows are put out when the watermark reaches them: none comes at or before the output watermark. */
  readonly waits: boolean;
}

export interface PlanRulesOptions {
  /** Reads what options name, by the rule's folder; without it the names stay. */
  readonly contentIn?: (folder: string) => OptionContent;
  /** The time zone of files that do not SET one; UTC where it is left out. */
  readonly zone?: string;
  /** A SELECT needs no sink: it prints. */
  readonly bare?: boolean;
}

/** Sink connectors that `run` knows. */
const CONNECTORS = ["kafka", "alarm", "print", "blackhole"];

/**
 * Plans every file and merges the results. `profileTables` are predeclared in every file. Throws GatewayError of blame
 * config with a position for the first file that is refused.
 */
export function planRules(
  files: readonly RuleText[],
  profileTables: readonly SourceTable[],
  options: PlanRulesOptions = {},
): RuleSet {
  const rules = new Map<string, RulePlan>();
  const tables: TableDemands = new Map();
  for (const { file, text } of files) {
    const content = options.contentIn?.(dirname(file));
    const { zone } = options;
    const plan = planText(text, {
      file,
      tables: profileTables,
      ...(content && { content }),
      ...(zone !== undefined && { zone }),
    });
    for (const rule of rulesOf(options.bare === true ? printed(plan, file) : plan, file)) {
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
    tables: Array.from(tables, ([signature, { table, demands }]) => ({
      signature,
      table,
      required: demands.columns,
      parts: partsOf(demands),
    })),
    rules: [...rules.values()],
  };
}

/** The scans of a relation tree, in text order. */
export function scansOf(relation: Relation): Extract<Relation, { kind: "scan" }>[] {
  if (relation.kind === "scan") return [relation];
  return relation.kind === "union" ? relation.inputs.flatMap(scansOf) : scansOf(relation.input);
}

function waitsForWatermark(relation: Relation): boolean {
  switch (relation.kind) {
    case "scan":
      return false;
    case "union":
      return relation.inputs.every(waitsForWatermark);
    case "filter":
    case "project":
    case "limit":
      return waitsForWatermark(relation.input);
    case "window":
      if (relation.window.kind !== "session") return waitsForWatermark(relation.input);
      return deviceColumn(relation) === undefined;
    case "window-aggregate":
      // A device's own watermark may be ahead of the table's, or behind it.
      return deviceColumn(relation) === undefined;
    case "sort":
      return true;
  }
}

/** The plan with a `print` sink for every bare SELECT, of the file's name, and a number for all but the first. */
function printed(plan: Plan, file: string): Plan {
  let bare = 0;
  const queries = plan.queries.map((query): Query => {
    if (query.sink !== undefined) return query;
    const { columns, position } = query;
    const name = ++bare === 1 ? stemOf(file) : `${stemOf(file)}_${bare}`;
    return { ...query, sink: { name, columns, options: { connector: "print" }, position } };
  });
  return { ...plan, queries };
}

function stemOf(file: string): string {
  return basename(file).replace(/\.sql$/i, "");
}

function rulesOf(plan: Plan, file: string): RulePlan[] {
  const stem = stemOf(file);
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
    const waits = sink.options["connector"] === "alarm" || waitsForWatermark(query.root);
    return { name, version: versionOf(query), query, sink, tables, lane: laneOf(sink), waits };
  });
}

/** A digest of what the query means: where it stands in its file is left out. */
function versionOf(query: Query): string {
  const text = JSON.stringify(query, (key, value: unknown) => {
    if (key === "position" || key === "places") return undefined;
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
  // What the engine would refuse at its start, it refuses here.
  if (connector === "kafka") void new KafkaSink(sink);
}

function laneOf(sink: SinkTable): Lane {
  const fallback = sink.options["connector"] === "alarm" ? "alarm" : "result";
  return (sink.options["lane"] as Lane | undefined) ?? fallback;
}

/** By signature, what the rules read of each table. */
type TableDemands = Map<string, { readonly table: SourceTable; readonly demands: FieldDemands }>;

function requireColumns(root: Relation, tables: TableDemands): void {
  for (const scan of scansOf(root)) {
    const signature = tableSignature(scan.table);
    let entry = tables.get(signature);
    if (entry === undefined)
      tables.set(signature, (entry = { table: scan.table, demands: new FieldDemands() }));
    for (const column of scan.required) {
      const part = scan.parts.find((each) => each.column === column);
      for (const path of part?.paths ?? [[]]) entry.demands.add(column, path);
    }
    for (const option of ["identity.key", "identity.sequence", "identity.epoch"]) {
      const name = scan.table.options[option];
      const index = scan.table.columns.findIndex((column) => column.name === name);
      if (index >= 0) entry.demands.addWhole(index);
    }
  }
}

function refuse(message: string, position: SourcePosition, hint: string): GatewayError {
  return new GatewayError(message, { code: "CONFIG_INVALID", blame: "config", position, hint });
}
