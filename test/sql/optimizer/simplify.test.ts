// Simplified expressions against the original ones, row by row. Only where nothing fails and no value is NaN: there the
// planner must not change what comes out. What it changes on purpose stands in the conformance cases (tag `simplify`).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";

import type { SqlType, SqlValue } from "../../../src/core/types.ts";
import { constantValue } from "../../../src/operators/expression/constant.ts";
import { interpret } from "../../../src/operators/expression/interpret.ts";
import { ConstantFolder } from "../../../src/sql/optimizer/constants.ts";
import { Simplifier } from "../../../src/sql/optimizer/simplify.ts";
import type { Expression } from "../../../src/sql/plan.ts";

const INT: SqlType = { kind: "INTEGER", nullable: true };
const BOOL: SqlType = { kind: "BOOLEAN", nullable: true };

const literal = (value: SqlValue, type: SqlType): Expression => {
  return {
    kind: "literal",
    value,
    type: value === null ? type : ({ ...type, nullable: false } as SqlType),
  };
};
const call = (name: string, type: SqlType, ...parts: readonly Expression[]): Expression => {
  return { kind: "call", function: name, arguments: parts, type };
};
const boolean = (name: string, ...parts: readonly Expression[]): Expression => {
  const total = name.startsWith("IS ");
  const nullable = !total && parts.some((part) => part.type.nullable);
  return call(name, { kind: "BOOLEAN", nullable }, ...parts);
};

/** Columns: two nullable numbers, one that is never NULL, a BOOLEAN. */
const ROWS: readonly (readonly SqlValue[])[] = [
  [1, 2, 0, true],
  [2, 2, 1, false],
  [3, null, 2, null],
  [null, 0, 3, true],
  [0, 1, 2, null],
  [null, null, 1, false],
];
const numbers = fc.constantFrom<Expression>(
  { kind: "input", index: 0, type: INT },
  { kind: "input", index: 1, type: INT },
  { kind: "input", index: 2, type: { kind: "INTEGER", nullable: false } },
);
const literals = fc
  .option(fc.integer({ min: 0, max: 3 }), { freq: 8 })
  .map((value) => literal(value, INT));

const { expression } = fc.letrec<{ expression: Expression; number: Expression }>((tie) => {
  const conditions = tie("expression");
  const number = fc.oneof(
    { depthSize: "small" },
    numbers,
    literals,
    fc
      .tuple(fc.constantFrom("+", "-", "*"), tie("number"), tie("number"))
      .map(([name, a, b]) =>
        call(name, { kind: "INTEGER", nullable: a.type.nullable || b.type.nullable }, a, b),
      ),
    fc
      .tuple(conditions, tie("number"), tie("number"))
      .map(([when, then, otherwise]): Expression => ({
        kind: "case",
        branches: [{ when, then }],
        otherwise,
        type: { kind: "INTEGER", nullable: then.type.nullable || otherwise.type.nullable },
      })),
    fc
      .tuple(tie("number"), tie("number"))
      .map(([a, b]) =>
        call("COALESCE", { kind: "INTEGER", nullable: a.type.nullable && b.type.nullable }, a, b),
      ),
  );
  const compared = fc
    .tuple(
      fc.constantFrom("=", "<>", "<", "<=", ">", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"),
      tie("number"),
      fc.oneof(literals, tie("number")),
      fc.boolean(),
    )
    .map(([name, a, b, isFlipped]) => boolean(name, ...(isFlipped ? [b, a] : [a, b])));
  return {
    number,
    expression: fc.oneof(
      { depthSize: "small" },
      compared,
      fc.constant<Expression>({ kind: "input", index: 3, type: BOOL }),
      fc.constantFrom(true, false, null).map((value) => literal(value, BOOL)),
      fc
        .tuple(fc.constantFrom("AND", "OR"), fc.array(conditions, { minLength: 2, maxLength: 4 }))
        .map(([name, parts]) => boolean(name, ...parts)),
      conditions.map((part) => boolean("NOT", part)),
      fc
        .tuple(
          fc.constantFrom("IS TRUE", "IS NOT TRUE", "IS FALSE", "IS NOT FALSE", "IS NULL"),
          conditions,
        )
        .map(([name, part]) => boolean(name, part)),
      fc
        .tuple(fc.constantFrom("IS NULL", "IS NOT NULL"), tie("number"))
        .map(([name, part]) => boolean(name, part)),
      fc
        .tuple(tie("number"), fc.array(literals, { minLength: 1, maxLength: 3 }))
        .map(([subject, list]) => boolean("IN", subject, ...list)),
      fc
        .tuple(fc.constantFrom("=", "<>"), conditions, conditions)
        .map(([name, a, b]) => boolean(name, a, b)),
    ),
  };
});

describe("simplified expressions", () => {
  it("give the same values, and as conditions are TRUE for the same rows", () => {
    fc.assert(
      fc.property(expression, (original) => {
        const simplifier = new Simplifier();
        const folder = new ConstantFolder(constantValue);
        const value = simplifier.value(folder.of(simplifier.value(original)));
        const condition = simplifier.condition(folder.of(simplifier.condition(original)));
        const [plain, simple, filter] = [original, value, condition].map((each) => interpret(each));
        assert.ok(plain !== undefined && simple !== undefined && filter !== undefined);
        for (const row of ROWS) {
          const expected = plain(row, Number.NEGATIVE_INFINITY);
          assert.equal(simple(row, Number.NEGATIVE_INFINITY), expected);
          assert.equal(filter(row, Number.NEGATIVE_INFINITY) === true, expected === true);
        }
      }),
      { numRuns: 5000 },
    );
  });
});
