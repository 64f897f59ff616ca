// Which constructs a SQL text uses, found by walking its syntax tree. A construct is a key such as `function UPPER`,
// `operator +`, `window HOP`, `type DECIMAL`; page.ts says what stands on the page for each.

import type { ColumnDefinition } from "../../src/sql/ast.ts";
import { isProcessingTime } from "../../src/sql/binder/processing-time.ts";
import { SourceText } from "../../src/sql/source.ts";
import { parseStatements } from "../../src/sql/parser/statements.ts";

type Node = Readonly<Record<string, unknown>>;

/** The constructs of a text that headrace parses. */
export function constructsOf(sql: string): ReadonlySet<string> {
  const found = new Set<string>();
  visit(parseStatements(new SourceText(sql, "query.sql")), found);
  return found;
}

function visit(value: unknown, found: Set<string>): void {
  if (Array.isArray(value)) {
    for (const each of value) visit(each, found);
    return;
  }
  if (typeof value !== "object" || value === null) return;
  const node = value as Node;
  if (typeof node["kind"] === "string") for (const key of keysOf(node)) found.add(key);
  for (const each of Object.values(node)) visit(each, found);
}

/** What one node of the tree stands for. */
function keysOf(node: Node): string[] {
  switch (node["kind"]) {
    case "call":
      return callKeys(node);
    case "binary":
    case "logical":
      return [`operator ${String(node["operator"])}`];
    case "unary":
      return [`operator ${node["operator"] === "NOT" ? "NOT" : "NEGATE"}`];
    case "is":
      return [`operator ${String(node["test"])}`];
    case "constructor":
      return [`operator ${String(node["type"])}`];
    case "item":
      return ["operator []"];
    case "field":
      return ["operator ."];
    case "in":
      return ["operator IN"];
    case "like":
      return [`operator ${String(node["function"])}`];
    case "between":
      return [
        "operator BETWEEN",
        node["symmetric"] === true ? "clause BETWEEN SYMMETRIC" : "clause BETWEEN",
      ];
    case "case":
      return [
        "operator CASE",
        node["operand"] === undefined ? "clause searched CASE" : "clause simple CASE",
      ];
    case "cast":
      return castKeys(node);
    case "difference":
      return ["operator DIFFERENCE"];
    case "overlaps":
      return ["operator OVERLAPS"];
    case "temporal":
      return [`literal ${String(node["type"])}`];
    case "interval":
      return ["literal INTERVAL"];
    case "binary-literal":
      return ["literal BYTES"];
    case "window-function":
      return windowKeys(node);
    case "select":
      return selectKeys(node);
    case "ordered":
      return orderKeys(node);
    case "union":
      return ["clause UNION ALL"];
    case "with":
      return ["clause WITH"];
    case "derived":
      return ["clause sub-query in FROM"];
    case "create-view":
      return ["clause CREATE VIEW"];
    case "create-table":
      return node["watermark"] === undefined ? [] : ["clause WATERMARK FOR"];
    case "physical":
      return [`type ${kindOf(node["type"])}`];
    case "computed":
      return [
        isProcessingTime(node as unknown as ColumnDefinition)
          ? "clause PROCTIME() column that nothing reads"
          : "clause computed column",
      ];
    case "sets":
      return ["clause GROUPING SETS, CUBE, ROLLUP"];
    default:
      return [];
  }
}

function kindOf(type: unknown): string {
  return String((type as Node)["kind"]).replace(/^INTERVAL_.*/, "INTERVAL");
}

function castKeys(node: Node): string[] {
  const [operator, list] = node["try"] === true ? ["TRY_CAST", "try-cast"] : ["CAST", "cast"];
  return [`operator ${operator}`, `${list} ${kindOf(node["type"])}`];
}

function callKeys(node: Node): string[] {
  const name = String((node["name"] as Node)["name"]).toUpperCase();
  const keys = [`function ${name}`];
  if (node["distinct"] === true) keys.push("clause DISTINCT in an aggregate");
  if (node["filter"] !== undefined) keys.push("clause FILTER (WHERE …)");
  return keys;
}

/** Arguments without an offset. */
const PLAIN_ARGUMENTS: Readonly<Record<string, number>> = { TUMBLE: 3, HOP: 4, CUMULATE: 4 };

function windowKeys(node: Node): string[] {
  const name = String((node["name"] as Node)["name"]);
  const args = node["arguments"] as readonly Node[];
  const keys = [`window ${name}`];
  if (args.length > (PLAIN_ARGUMENTS[name] ?? 3)) keys.push(`window ${name} with offset`);
  if (args.some((argument) => argument["name"] !== undefined)) {
    keys.push("window with named arguments");
  }
  const partition = (args[0]?.["value"] as Node | undefined)?.["partition"];
  if (Array.isArray(partition) && partition.length > 0) keys.push("window SESSION PARTITION BY");
  return keys;
}

function selectKeys(node: Node): string[] {
  const keys: string[] = [];
  const from = node["from"] as Node | undefined;
  const windowed = from?.["kind"] === "window-function";
  if (node["where"] !== undefined) keys.push("clause WHERE");
  if (node["having"] !== undefined) keys.push("clause HAVING");
  if (node["distinct"] !== undefined) keys.push("clause SELECT DISTINCT");
  const groupBy = node["groupBy"] as readonly Node[] | undefined;
  if (groupBy !== undefined) keys.push(...groupBy.flatMap(windowCall), ...groupedKeys(groupBy));
  else if (windowed) keys.push(`window ${String((from["name"] as Node)["name"])} without GROUP BY`);
  return keys;
}

/** The window that a GROUP BY makes itself. */
function windowCall(item: Node): string[] {
  const call = item["expression"] as Node | undefined;
  if (call?.["kind"] !== "call") return [];
  const name = String((call["name"] as Node)["name"]).toUpperCase();
  return LEGACY_WINDOWS.includes(name) ? [`clause GROUP BY ${name}(…)`] : [];
}

const LEGACY_WINDOWS: readonly string[] = ["TUMBLE", "HOP", "SESSION"];

function groupedKeys(groupBy: readonly Node[]): string[] {
  const isLegacy = groupBy.some((item) => windowCall(item).length > 0);
  return isLegacy ? [] : ["clause GROUP BY window_start, window_end"];
}

function orderKeys(node: Node): string[] {
  const keys: string[] = [];
  if ((node["orderBy"] as readonly Node[]).length > 0)
    keys.push("clause ORDER BY a time attribute");
  const limit = node["limit"] as Node | undefined;
  if (limit !== undefined) keys.push("clause LIMIT");
  if (limit !== undefined && limit["offset"] !== 0) keys.push("clause OFFSET");
  return keys;
}
