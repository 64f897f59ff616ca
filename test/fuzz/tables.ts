// Generated source tables and their events: disorder, ties, late rows, NULLs and missing fields.

import { Expressions, readsColumn } from "./expressions.ts";
import type { Random } from "./random.ts";
import { columnsOf, declaredTables, scopeOf } from "./scope.ts";
import { list, optional, render, sequence, type Tree } from "./tree.ts";
import { COLUMN_KINDS, type ColumnKind } from "./values.ts";

/** A generated table. Its rowtime is `ts`, its key `k`. */
export interface Table {
  readonly name: string;
  readonly create: Tree;
  readonly columns: readonly Column[];
  readonly rowtime: "timestamp" | "ltz" | "computed";
}

/** A column that events bring. */
interface Column extends ColumnKind {
  readonly name: string;
  /** NOT NULL: every event has a value. */
  readonly isRequired: boolean;
}

const REQUIRED_SHARE = 0.1;
const NULL_SHARE = 0.15;
const MISSING_SHARE = 0.03;
const KEYS = ["a", "b", "c"];
const START_MS = Date.UTC(2024, 0, 1);

const key: ColumnKind = {
  type: "STRING",
  value: (random) => JSON.stringify(random.pick(KEYS)),
};

/** A table of random columns. */
export function generateTable(random: Random, name: string): Table {
  const kinds = random.several(3, 9, () => random.weighted(COLUMN_KINDS));
  const columns = [key, ...kinds].map((kind, index) => ({
    ...kind,
    name: index === 0 ? "k" : `c${index}`,
    isRequired: random.chance(REQUIRED_SHARE),
  }));
  const rowtime = random.weighted<Table["rowtime"]>([
    [6, "timestamp"],
    [2, "ltz"],
    [2, "computed"],
  ]);
  const definitions = columns.map(
    (column) => `${column.name} ${column.type}${column.isRequired ? " NOT NULL" : ""}`,
  );
  const computed = random.chance(0.15) ? computedColumn(random, definitions) : "";
  const time = {
    timestamp: `ts TIMESTAMP(${random.pick([3, 3, 0])})`,
    ltz: "ts TIMESTAMP_LTZ(3)",
    computed: "ms BIGINT, ts AS TO_TIMESTAMP_LTZ(ms, 3)",
  }[rowtime];
  const delay = random.weighted([
    [4, ""],
    [3, " - INTERVAL '1' SECOND"],
    [2, " - INTERVAL '5' SECOND"],
    [1, " - INTERVAL '0.001' SECOND"],
    [1, " + INTERVAL '2' SECOND"],
  ]);
  const create = sequence(
    `CREATE TABLE ${name} (`,
    list(", ", definitions),
    computed,
    `, ${time}, WATERMARK FOR ts AS ts`,
    optional(delay),
    ")",
  );
  return { name, create, columns, rowtime };
}

/** A column that is made of the others. */
function computedColumn(random: Random, definitions: readonly string[]): Tree {
  const tables = declaredTables(`CREATE TABLE t (${definitions.join(", ")});`);
  const prelude = { tables, views: "" };
  const fields = columnsOf(prelude, "SELECT * FROM t") ?? [];
  const leaves = fields.map(({ name, type }) => ({ text: name, type }));
  const expression = new Expressions(random, scopeOf(prelude, leaves, { from: "t" })).any(2);
  const text = render(expression);
  // An element of a collection that stands in the query: a deviation, see deviations.ts.
  return readsColumn(text) && !text.includes(")[") ? optional(", d0 AS ", expression) : "";
}

/** Events of several tables, interleaved; each a JSON object as text. */
export function generateEvents(random: Random, tables: readonly Table[]): string[] {
  const spreadMs = random.pick([300, 1000, 2500]);
  const disorderMs = random.pick([0, 0, 2000, 8000]);
  let clockMs = START_MS + random.below(60_000);
  let lastMs = clockMs;
  return random.several(3, 18, () => {
    const table = random.pick(tables);
    if (!random.chance(0.15)) clockMs += random.below(spreadMs * 2);
    const lateMs = disorderMs > 0 && random.chance(0.3) ? random.below(disorderMs) : 0;
    // A tie now and then.
    lastMs = random.chance(0.15) ? lastMs : clockMs - lateMs;
    const whole = random.chance(0.3) ? Math.floor(lastMs / 1000) * 1000 : lastMs;
    return eventOf(random, table, { epochMs: whole, several: tables.length > 1 });
  });
}

function eventOf(
  random: Random,
  table: Table,
  { epochMs, several }: { readonly epochMs: number; readonly several: boolean },
): string {
  const fields = table.columns.flatMap(({ name, value, isRequired }) => {
    if (!isRequired && random.chance(MISSING_SHARE)) return [];
    const isNull = !isRequired && random.chance(NULL_SHARE);
    return [`"${name}":${isNull ? "null" : value(random)}`];
  });
  fields.push(timeField(table, epochMs));
  if (several) fields.unshift(`"$table":"${table.name}"`);
  return `{${fields.join(",")}}`;
}

function timeField({ rowtime }: Table, epochMs: number): string {
  if (rowtime === "computed") return `"ms":${epochMs}`;
  const text = new Date(epochMs).toISOString();
  return `"ts":"${rowtime === "ltz" ? text : text.slice(0, -1)}"`;
}
