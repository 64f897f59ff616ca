import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { AGGREGATES } from "../../src/operators/aggregate/index.ts";
import { CONTROL_FUNCTIONS, SCALARS, SCALAR_TABLES } from "../../src/operators/scalar/index.ts";
import { describeFunctions } from "../../src/sql/functions/registry.ts";

/** Ids that never reach a plan: the binder writes them in other terms. */
const REWRITTEN = new Set([
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
]);
/** Ids that the binder alone writes. */
const WRITTEN = new Set(["SUM0", "SUM/COUNT", "SUM0/COUNT"]);

describe("function implementations", () => {
  it("exist exactly for the functions that the binder lets through", () => {
    const bound = describeFunctions().filter(
      ({ id, supported }) => supported && !REWRITTEN.has(id),
    );
    const ids = new Set(bound.map(({ id }) => id));
    const implemented = new Set([...SCALARS.keys(), ...CONTROL_FUNCTIONS, ...AGGREGATES.keys()]);
    assert.deepEqual(
      [...ids].filter((id) => !implemented.has(id)),
      [],
    );
    assert.deepEqual(
      [...implemented].filter((id) => !ids.has(id) && !WRITTEN.has(id)),
      [],
    );
  });

  it("stand in one table each", () => {
    const all = [
      ...SCALAR_TABLES.flatMap((functions) => Object.keys(functions)),
      ...CONTROL_FUNCTIONS,
    ];
    assert.deepEqual(
      all.filter((id, index) => all.indexOf(id) !== index),
      [],
    );
  });
});
