// The registry: what it lists, the operators run.

import assert from "node:assert/strict";
import { test } from "node:test";

import { AGGREGATES } from "../../src/operators/aggregate/index.ts";
import { CONTROL_FUNCTIONS, SCALARS } from "../../src/operators/scalar/index.ts";
import { describeFunctions } from "../../src/sql/functions/registry.ts";

/** Rewritten by the binder: no plan has them. */
const REWRITTEN = [
  "BETWEEN",
  "CASE",
  "CAST",
  "TRY_CAST",
  "CURRENT_WATERMARK",
  "TYPEOF",
  "IS UNKNOWN",
  "IS NOT UNKNOWN",
  "OVERLAPS",
  "GROUPING",
  "GROUPING_ID",
  "GROUP_ID",
];

test("every function that is listed as supported has an implementation", () => {
  const run = new Set<string>([
    ...SCALARS.keys(),
    ...CONTROL_FUNCTIONS,
    ...AGGREGATES.keys(),
    ...REWRITTEN,
  ]);
  const missing = describeFunctions().filter(({ id, supported }) => supported && !run.has(id));
  assert.deepEqual(missing, []);
});

test("every implementation can be reached", () => {
  const listed = new Set(describeFunctions().map(({ id }) => id));
  const unreachable = [...SCALARS.keys(), ...CONTROL_FUNCTIONS, ...AGGREGATES.keys()].filter(
    // The optimizer alone writes SUM0, SUM/COUNT and SUM0/COUNT.
    (id) => !listed.has(id) && !["SUM0", "SUM/COUNT", "SUM0/COUNT"].includes(id),
  );
  assert.deepEqual(unreachable, []);
});

test("every function says how it is written and what it does", () => {
  for (const { id, syntax, description } of describeFunctions()) {
    assert.ok(syntax.length > 0, id);
    assert.match(description, /^[A-Z\-0-9].*\.$/, id);
  }
});
