// Which columns a plan reads of its tables, and which fields of their ROW columns.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { SqlType } from "../../src/core/types.ts";
import { FieldDemands } from "../../src/sql/field-demands.ts";
import type { Expression, Relation, ScanRelation } from "../../src/sql/plan.ts";
import { requireColumns } from "../../src/sql/require-columns.ts";
import * as plan from "../operators/plans.ts";

const POINT: SqlType = {
  kind: "ROW",
  fields: [
    { name: "lat", type: plan.DOUBLE },
    { name: "lon", type: plan.DOUBLE },
  ],
  nullable: true,
};
const DEVICE: SqlType = {
  kind: "ROW",
  fields: [
    { name: "id", type: plan.STRING },
    { name: "place", type: POINT },
    { name: "battery", type: plan.DOUBLE },
  ],
  nullable: true,
};
const table = plan.table(
  { device: DEVICE, v: plan.INT, ts: plan.TS3, unread: POINT },
  { column: "ts", delayMs: 0 },
);
const scan = plan.scan(table);

/** a.b.c by field indexes. */
function field(row: Expression, ...indexes: readonly number[]): Expression {
  return indexes.reduce((of, index): Expression => {
    const type = of.type.kind === "ROW" ? of.type.fields[index]?.type : undefined;
    return plan.call(".", type ?? plan.INT, of, plan.literal(index, plan.INT));
  }, row);
}
const device = plan.column(scan, "device");

function read(relation: Relation): Pick<ScanRelation, "required" | "parts"> {
  const find = (each: Relation): ScanRelation =>
    each.kind === "scan"
      ? each
      : find(each.kind === "union" ? (each.inputs[0] as Relation) : each.input);
  const { required, parts } = find(requireColumns(relation));
  return { required, parts };
}

describe("the columns that a plan reads", () => {
  it("are parts of a ROW where only fields are read, also through projections and filters", () => {
    const inner = plan.project(scan, { place: field(device, 1), v: plan.column(scan, "v") });
    const filtered = plan.filter(
      inner,
      plan.call(
        ">",
        plan.BOOLEAN,
        field(plan.column(inner, "place"), 0),
        plan.literal(1, plan.DOUBLE),
      ),
    );
    const root = plan.project(filtered, { lon: field(plan.column(inner, "place"), 1) });
    assert.deepEqual(read(root), {
      required: [0, 2],
      parts: [
        {
          column: 0,
          paths: [
            [1, 0],
            [1, 1],
          ],
        },
      ],
    });
  });

  it("are the whole ROW where it is read as one", () => {
    const both = plan.project(scan, { battery: field(device, 2), device });
    assert.deepEqual(read(both), { required: [0, 2], parts: [] });
    const test = plan.filter(scan, plan.call("IS NULL", plan.BOOLEAN, device));
    const root = plan.project(test, { battery: field(device, 2) });
    assert.deepEqual(read(root), { required: [0, 2], parts: [] });
    const place = plan.project(scan, { lat: field(device, 1, 0), place: field(device, 1) });
    assert.deepEqual(read(place), { required: [0, 2], parts: [{ column: 0, paths: [[1]] }] });
  });

  it("are those of keys, arguments and FILTER conditions of an aggregation", () => {
    const grouped = plan.groupBy(scan, {
      window: { kind: "tumble", sizeMs: 1000, offsetMs: 0 },
      time: "ts",
      keys: [],
      aggregates: [
        plan.aggregate("SUM", plan.DOUBLE, {
          of: field(device, 2),
          filter: plan.call(">", plan.BOOLEAN, field(device, 1, 1), plan.literal(0, plan.DOUBLE)),
        }),
      ],
    });
    const root: Relation = { ...grouped, keys: [field(device, 0)], groupingSets: [[0]] };
    assert.deepEqual(read(root), {
      required: [0, 2],
      parts: [{ column: 0, paths: [[0], [1, 1], [2]] }],
    });
  });

  it("are those that any input of a union and any rule reads", () => {
    const lat = plan.project(scan, { x: field(device, 1, 0) });
    const battery = plan.project(scan, { x: field(device, 2) });
    const union: Relation = { kind: "union", inputs: [lat, battery], fields: lat.fields };
    assert.deepEqual(read(union).parts, [{ column: 0, paths: [[1, 0]] }]);
    const demands = new FieldDemands();
    for (const path of [[1, 0], [1], [1, 1], [0]]) demands.add(7, path);
    assert.deepEqual(demands.of(7), [[0], [1]]);
    demands.addWhole(7);
    assert.deepEqual(demands.of(7), [[]]);
  });

  it("take in what computed columns and the watermark read", () => {
    const time = plan.call("TO_TIMESTAMP_LTZ", plan.TS3, field(plan.input(0, DEVICE), 2));
    const computed = {
      ...table,
      columns: table.columns.map((column) =>
        column.name === "ts"
          ? { ...column, source: { kind: "computed", expression: time } as const }
          : column,
      ),
    };
    const source = plan.scan(computed);
    const root = plan.project(source, { v: plan.column(source, "v") });
    assert.deepEqual(read(root), { required: [0, 1, 2], parts: [{ column: 0, paths: [[2]] }] });
  });
});
