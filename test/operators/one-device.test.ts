// `watermark.per` on a table whose rows are all of one device makes no difference, though they run on other operators:
// every conformance case that groups by a column, over those of its rows that have one value there.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { SqlValue } from "../../src/core/types.ts";
import { planText } from "../../src/engine/plan-text.ts";
import { deviceColumn } from "../../src/operators/device-column.ts";
import { GatewayError } from "../../src/core/errors.ts";
import type { Plan, Relation, SourceTable } from "../../src/sql/plan.ts";
import { isCollection } from "../../src/sql/types.ts";
import { caseNames, readCase } from "../kit/conformance/cases.ts";
import type { ConformanceCase } from "../kit/conformance/cases.ts";
import { withSettings } from "../kit/conformance/run.ts";
import { CaseRunner } from "./run-case.ts";
import type { CaseOutcome } from "./run-case.ts";
import { COMPILERS } from "./run-plan.ts";

describe("a table of one device", () => {
  let count = 0;
  for (const each of caseNames().map(readCase)) {
    const plan = planned(each);
    const [table] = plan?.tables ?? [];
    if (plan?.tables.length !== 1 || table === undefined) continue;
    for (const { name, source, type } of table.columns) {
      const options = { "watermark.per": name };
      if (source.kind !== "physical" || isCollection(type)) continue;
      if (!goesByDevices(planned(each, options))) continue;
      count++;
      it(`is read as one watermark: ${each.name} by ${name}`, () => compare(each, name));
    }
  }

  it("is what many cases can be", () => {
    assert.ok(count > 60, `${count} cases`);
  });
});

function compare(of: ConformanceCase, name: string): void {
  const plan = planned(of);
  const byDevice = planned(of, { "watermark.per": name });
  assert.ok(plan !== undefined && byDevice !== undefined);
  const column = plan.tables[0]?.columns.findIndex((each) => each.name === name) ?? -1;
  const plain = new CaseRunner(of.lines, plan);
  const values = Map.groupBy(plain.events, ({ values: row }) => keyOf(row[column]));
  const [events] = [...values.values()].sort((a, b) => b.length - a.length);
  const run = { batch: 5, restartEvery: 0 };
  for (const compiler of Object.values(COMPILERS)) {
    const expected = new CaseRunner([], plan, events).run({ ...run, compiler });
    for (const restartEvery of [0, 10]) {
      const runner = new CaseRunner([], byDevice, events);
      assert.deepEqual(sorted(runner.run({ ...run, compiler, restartEvery })), sorted(expected));
    }
  }
}

/** Keys may come in another order: panes are not shared by them. */
function sorted({ lines, late, errors }: CaseOutcome): unknown {
  return { lines: lines.toSorted(), late, errors };
}

function keyOf(value: SqlValue | undefined): string {
  return typeof value === "bigint" ? value.toString() : JSON.stringify(value);
}

function goesByDevices(plan: Plan | undefined): boolean {
  const visit = (relation: Relation): boolean => {
    switch (relation.kind) {
      case "scan":
        return false;
      case "union":
        return relation.inputs.some(visit);
      case "window-aggregate":
        return deviceColumn(relation) !== undefined || visit(relation.input);
      case "window": {
        const isHeld = relation.window.kind === "session" && deviceColumn(relation) !== undefined;
        return isHeld || visit(relation.input);
      }
      default:
        return visit(relation.input);
    }
  };
  return plan?.queries.some(({ root }) => visit(root)) === true;
}

/** The case's plan, its tables with these options besides; undefined where the front end refuses it. */
function planned(
  { sql, config }: ConformanceCase,
  options: SourceTable["options"] = {},
): Plan | undefined {
  try {
    const plan = planText(withSettings(sql, config), { file: "query.sql" });
    for (const table of plan.tables) Object.assign(table.options, options);
    return plan;
  } catch (error) {
    if (error instanceof GatewayError && error.blame === "config") return undefined;
    throw error;
  }
}
