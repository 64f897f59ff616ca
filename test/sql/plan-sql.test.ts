// The shape of plans: what the operators are handed.

import assert from "node:assert/strict";
import { test } from "node:test";

import type { SourceTable } from "../../src/sql/plan.ts";
import type { Expression, Plan, Relation } from "../../src/sql/plan.ts";
import { planSql } from "../../src/sql/plan-sql.ts";
import { tableSignature } from "../../src/sql/table-signature.ts";
import { formatType } from "../../src/sql/types.ts";

const TELEMETRY = `CREATE TABLE telemetry (
  device STRING, seq BIGINT, ms BIGINT, temperature DOUBLE, spare INT,
  event_time AS TO_TIMESTAMP_LTZ(ms, 3),
  fahrenheit AS temperature * 9 / 5 + 32,
  topic STRING METADATA VIRTUAL, received TIMESTAMP_LTZ(3) METADATA FROM 'receive_time' VIRTUAL,
  WATERMARK FOR event_time AS event_time - INTERVAL '5' SECOND
) WITH ('connector' = 'mqtt', 'topic' = 'a/+', 'identity.key' = 'device', 'identity.sequence' = 'seq');
`;

function plan(sql: string, tables: readonly SourceTable[] = []): Plan {
  return planSql(sql, { file: "rule.sql", tables });
}

function root(sql: string): Relation {
  const [query] = plan(TELEMETRY + sql).queries;
  assert.ok(query !== undefined);
  return query.root;
}

/** The kinds of the operators from the scan upwards. */
function chain(relation: Relation): string[] {
  if (relation.kind === "scan") return ["scan"];
  if (relation.kind === "union") return ["union"];
  return [...chain(relation.input), relation.kind];
}

function scan(relation: Relation): Relation & { kind: "scan" } {
  if (relation.kind === "scan") return relation;
  assert.ok(relation.kind !== "union");
  return scan(relation.input);
}

function readColumns(relation: Relation): string[] {
  const { table, required } = scan(relation);
  return required.map((index) => table.columns[index]?.name ?? "?");
}

/** An expression as text, for assertions. */
function show(expression: Expression): string {
  switch (expression.kind) {
    case "input":
      return `#${expression.index}`;
    case "literal":
      return `${expression.value as string | number | bigint | boolean | null}`;
    case "call":
      return `${expression.function}(${expression.arguments.map(show).join(", ")})`;
    case "cast":
      return `cast(${show(expression.input)} as ${formatType(expression.type)})`;
    case "case":
      return `case(${expression.branches.map(({ when, then }) => `${show(when)} then ${show(then)}`).join(", ")} else ${show(expression.otherwise)})`;
    default:
      return expression.kind;
  }
}

function projected(relation: Relation): string[] {
  assert.ok(relation.kind === "project");
  return relation.expressions.map(show);
}

const GROUPED = `SELECT device, window_start, COUNT(*) AS n, AVG(temperature) AS mean
  FROM TUMBLE(TABLE telemetry, DESCRIPTOR(event_time), INTERVAL '1' MINUTE)
  WHERE spare > 1 GROUP BY device, window_start, window_end HAVING COUNT(*) > 2`;

test("window function and grouping are one operator, WHERE below it, HAVING above it", () => {
  const relation = root(GROUPED);
  assert.deepEqual(chain(relation), ["scan", "filter", "window-aggregate", "filter", "project"]);
  assert.ok(relation.kind === "project" && relation.input.kind === "filter");
  const aggregate = relation.input.input;
  assert.ok(aggregate.kind === "window-aggregate" && aggregate.windowing.kind === "assign");
  assert.deepEqual(aggregate.windowing.window, { kind: "tumble", sizeMs: 60_000, offsetMs: 0 });
  assert.equal(scan(relation).fields[aggregate.windowing.timeColumn]?.name, "event_time");
  assert.deepEqual(aggregate.keys.map(show), ["#0"]);
  assert.deepEqual(
    aggregate.aggregates.map((call) => `${call.function}(${call.arguments.map(show).join()})`),
    ["COUNT()", "AVG(#3)"],
  );
  assert.deepEqual(aggregate.properties, ["window_start"]);
  assert.deepEqual(aggregate.groupingSets, [[0]]);
  assert.equal(show(relation.input.condition), ">(#1, 2)");
  assert.deepEqual(projected(relation), ["#0", "#3", "#1", "#2"]);
});

test("a scan reads what the query needs, the rowtime with its inputs, and identity", () => {
  assert.deepEqual(readColumns(root(GROUPED)), [
    "device",
    "seq",
    "ms",
    "temperature",
    "spare",
    "event_time",
  ]);
  assert.deepEqual(readColumns(root("SELECT topic FROM telemetry")), [
    "device",
    "seq",
    "ms",
    "event_time",
    "topic",
  ]);
});

test("computed columns are filled in, but for the rowtime", () => {
  const relation = root("SELECT fahrenheit, event_time FROM telemetry WHERE fahrenheit > 100");
  assert.deepEqual(chain(relation), ["scan", "filter", "project"]);
  const inlined = "+(/(*(#3, 9), 5), 32)";
  assert.deepEqual(projected(relation), [inlined, "#5"]);
  assert.ok(!readColumns(relation).includes("fahrenheit"));
  const [watermarked] = plan(`${TELEMETRY} SELECT device FROM telemetry`).tables;
  assert.equal(watermarked?.watermark?.column, 5);
  assert.equal(
    show(
      watermarked?.watermark?.expression ?? {
        kind: "literal",
        value: 0,
        type: { kind: "NULL", nullable: true },
      },
    ),
    "-(#5, 5000)",
  );
});

test("views and WITH tables leave no projections behind", () => {
  const relation =
    root(`CREATE VIEW warm (d, c) AS SELECT device, temperature - 1 FROM telemetry WHERE temperature > 20;
    WITH hot AS (SELECT d, c * 2 AS twice FROM warm WHERE c > 30) SELECT twice, d FROM hot`);
  assert.deepEqual(chain(relation), ["scan", "filter", "filter", "project"]);
  assert.deepEqual(projected(relation), ["*(-(#3, 1), 2)", "#0"]);
});

test("equal aggregates are computed once and expressions of keys are recognised", () => {
  const relation = root(
    `SELECT UPPER(device), MAX(ms) - MIN(ms), MAX(ms), seq + 1 + 2
    FROM HOP(TABLE telemetry, DESCRIPTOR(event_time), INTERVAL '10' SECOND, INTERVAL '1' MINUTE, INTERVAL -'3' SECOND)
    GROUP BY UPPER(device), telemetry_seq, window_start, window_end`.replace(
      "telemetry_seq",
      "seq + 1",
    ),
  );
  assert.deepEqual(projected(relation), ["#0", "-(#2, #3)", "#2", "+(#1, 2)"]);
  assert.ok(relation.kind === "project" && relation.input.kind === "window-aggregate");
  const { windowing, properties } = relation.input;
  assert.ok(windowing.kind === "assign");
  assert.deepEqual(windowing.window, {
    kind: "hop",
    slideMs: 10_000,
    sizeMs: 60_000,
    offsetMs: -3000,
  });
  assert.deepEqual(properties, []);
});

test("named and positional window arguments mean the same, with and without TABLE( )", () => {
  const forms = [
    "TUMBLE(TABLE telemetry, DESCRIPTOR(event_time), INTERVAL '1' DAY)",
    "TABLE(TUMBLE(TABLE telemetry, DESCRIPTOR(event_time), INTERVAL '1' DAY))",
    "TUMBLE(DATA => TABLE telemetry, TIMECOL => DESCRIPTOR(event_time), SIZE => INTERVAL '1' DAY)",
    "tumble((SELECT * FROM telemetry), descriptor(event_time), interval '24' hours)",
  ];
  const plans = forms.map((form) =>
    JSON.stringify(
      root(`SELECT COUNT(*) FROM ${form} GROUP BY window_start, window_end`),
      (key, value) => (key === "position" ? undefined : (value as unknown)),
    ),
  );
  assert.equal(new Set(plans).size, 1);
});

test("implicit casts are explicit", () => {
  const [first] = projected(root("SELECT spare + seq FROM telemetry"));
  assert.equal(first, "+(cast(#4 as BIGINT), #1)");
  assert.deepEqual(projected(root("SELECT temperature > 20, spare = 2.5 FROM telemetry")), [
    ">(#3, 20)",
    "=(cast(#4 as DECIMAL(10, 0)), 25)",
  ]);
  assert.deepEqual(projected(root("SELECT received > '2024-01-01 00:00:00' FROM telemetry")), [
    ">(#8, cast(2024-01-01 00:00:00 as TIMESTAMP_LTZ(3) NOT NULL))",
  ]);
});

test("BETWEEN, simple CASE, NOT IN and IF are rewritten", () => {
  assert.deepEqual(
    projected(
      root(
        "SELECT spare BETWEEN 1 AND 2, CASE spare WHEN 1, 2 THEN 'a' END, spare NOT IN (1, 2), IF(spare > 1, 1, 2) FROM telemetry",
      ),
    ),
    [
      "AND(>=(#4, 1), <=(#4, 2))",
      "case(OR(=(#4, 1), =(#4, 2)) then a else null)",
      "NOT(IN(#4, 1, 2))",
      "case(>(#4, 1) then 1 else 2)",
    ],
  );
});

test("INSERT casts into the sink's columns and fills the others with NULL", () => {
  const { queries } = plan(`${TELEMETRY}
    CREATE TABLE hot (name STRING, level DOUBLE, note STRING, twice AS level * 2) WITH ('connector' = 'kafka');
    INSERT INTO hot (level, name) SELECT spare, device FROM telemetry;
    EXECUTE STATEMENT SET BEGIN
      INSERT INTO hot SELECT device, 1.5, 'x' FROM telemetry;
    END;`);
  assert.deepEqual(
    queries[0]?.columns.map((column) => column.name),
    ["name", "level", "note"],
  );
  assert.equal(queries[0]?.sink?.name, "hot");
  assert.deepEqual(queries[0] === undefined ? [] : projected(queries[0].root), [
    "#0",
    "cast(#4 as DOUBLE)",
    "null",
  ]);
  assert.deepEqual(queries[1] === undefined ? [] : projected(queries[1].root), ["#0", "1.5", "x"]);
});

test("the system tables can be read, and say that they are headrace's own", () => {
  const { tables, queries } = plan(
    "SELECT rule, `table`, payload FROM headrace_late WHERE topic IS NOT NULL",
  );
  assert.deepEqual(
    tables.map((table) => [table.name, table.system]),
    [["headrace_late", true]],
  );
  assert.deepEqual(queries[0]?.edgeOnly, ["reads the system table headrace_late"]);
});

test("a table of a device profile is there without CREATE TABLE", () => {
  const [table] = plan(`${TELEMETRY} SELECT device FROM telemetry`).tables;
  assert.ok(table !== undefined);
  const { tables } = plan("SELECT fahrenheit FROM telemetry", [table]);
  assert.equal(tables[0], table);
});

test("equal definitions have one signature, whatever their layout", () => {
  const signature = (sql: string): string => {
    const [table] = plan(`${sql} SELECT device FROM telemetry`).tables;
    assert.ok(table !== undefined);
    return tableSignature(table);
  };
  const spread = TELEMETRY.replaceAll(", ", " ,\n  /* x */ ");
  assert.equal(signature(spread), signature(TELEMETRY));
  assert.notEqual(signature(TELEMETRY.replace("'a/+'", "'b/+'")), signature(TELEMETRY));
  assert.notEqual(signature(TELEMETRY.replace("'5' SECOND", "'6' SECOND")), signature(TELEMETRY));
});

test("result columns are named as Flink names them", () => {
  const [query] = plan(
    `${TELEMETRY} SELECT spare, spare, seq + 1, \`device\` AS \`my id\`, spare AS seq, 'x' FROM telemetry;`,
  ).queries;
  assert.deepEqual(
    query?.columns.map((column) => column.name),
    ["spare", "spare0", "EXPR$2", "my id", "seq", "EXPR$5"],
  );
});

test("a file without a query has no queries, and comments count for nothing", () => {
  assert.deepEqual(plan("-- nothing\n;; /* at all */ // here").queries, []);
  assert.deepEqual(plan(TELEMETRY).queries, []);
});
