import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import type { SqlType, SqlValue } from "../../src/core/types.ts";
import { toBigintValue } from "../../src/core/types.ts";
import type { Expression } from "../../src/sql/plan.ts";
import {
  BIGINT,
  BOOLEAN,
  DAY_TIME,
  DOUBLE,
  INT,
  STRING,
  TS3,
  call,
  cast,
  decimal,
  input,
  literal,
  project,
  scan,
  table,
} from "./plans.ts";
import { runPlan, COMPILERS } from "./run-plan.ts";

const DECIMAL = decimal(12, 2);
const COLUMNS = { i: INT, l: BIGINT, d: DOUBLE, b: BOOLEAN, s: STRING, p: DECIMAL, t: TS3 };
type Name = keyof typeof COLUMNS;
const NAMES = Object.keys(COLUMNS) as Name[];
const SOURCE = table(COLUMNS);
const SCAN = scan(SOURCE);

const LONG = fc
  .oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.constantFrom(2n ** 53n, 2n ** 53n - 1n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n)),
    fc.bigInt({ min: -5n, max: 5n }),
  )
  .map(toBigintValue);

const VALUES: Readonly<Record<Name, fc.Arbitrary<SqlValue>>> = {
  i: fc.oneof(fc.integer(), fc.constantFrom(0, 1, -1, 2_147_483_647, -2_147_483_648)),
  l: LONG,
  d: fc.oneof(fc.double(), fc.constantFrom(0, -0, 1.5, NaN, Infinity, -Infinity)),
  b: fc.boolean(),
  s: fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom("", "12", "-3.5", "true", "%", "é€😀")),
  p: fc.bigInt({ min: -(10n ** 12n) + 1n, max: 10n ** 12n - 1n }),
  t: fc.integer({ min: 0, max: 4_102_444_800_000 }),
};

function valueOf(name: Name): fc.Arbitrary<SqlValue> {
  return fc.option(VALUES[name], { nil: null, freq: 5 });
}

/** Expressions of a column's type, up to some depth. */
function expressionOf(name: Name, depth: number): fc.Arbitrary<Expression> {
  const type: SqlType = COLUMNS[name];
  const leaves = [
    fc.constant(input(NAMES.indexOf(name), type)),
    valueOf(name).map((value) => literal(value, type)),
  ];
  if (depth === 0) return fc.oneof(...leaves);
  const of = (inner: Name): fc.Arbitrary<Expression> => expressionOf(inner, depth - 1);
  const made = (id: string, ...inner: Name[]): fc.Arbitrary<Expression> =>
    fc.tuple(...inner.map(of)).map((parts) => call(id, type, ...parts));
  const choice = fc
    .tuple(of("b"), of(name), of("b"), of(name), of(name))
    .map(([first, one, second, two, otherwise]): Expression => {
      const branches = [
        { when: first, then: one },
        { when: second, then: two },
      ];
      return { kind: "case", branches, otherwise, type };
    });
  const casts = fc
    .tuple(fc.constantFrom<Name>("i", "l", "d", "s"), fc.boolean())
    .chain(([from, isTry]) => of(from).map((value) => cast(value, type, isTry)));
  const arithmetic = ["+", "-", "*", "/", "%"].map((id) => made(id, name, name));
  const own: Readonly<Record<Name, readonly fc.Arbitrary<Expression>[]>> = {
    i: [...arithmetic, made("NEGATE", "i"), made("ABS", "i"), made("CHAR_LENGTH", "s"), casts],
    l: [...arithmetic, made("NEGATE", "l"), made("ABS", "l"), casts],
    d: [...arithmetic, made("NEGATE", "d"), made("ABS", "d"), made("FLOOR", "d"), casts],
    p: [...arithmetic, made("NEGATE", "p"), casts],
    s: [
      made("||", "s", "s"),
      made("UPPER", "s"),
      made("SUBSTRING", "s", "i"),
      made("CONCAT_WS", "s", "s", "s"),
      casts,
    ],
    t: [of("t").map((time) => call("+", TS3, time, literal(61_001, DAY_TIME)))],
    b: [
      made("AND", "b", "b"),
      made("OR", "b", "b", "b"),
      made("NOT", "b"),
      ...["IS NULL", "IS TRUE", "IS NOT FALSE", "IS NOT NULL", "IS FALSE", "IS NOT TRUE"].map(
        (id) => made(id, "b"),
      ),
      made("LIKE", "s", "s"),
      fc
        .tuple(
          fc.constantFrom(
            "=",
            "<>",
            "<",
            "<=",
            ">",
            ">=",
            "IS DISTINCT FROM",
            "IS NOT DISTINCT FROM",
          ),
          fc.constantFrom(...NAMES),
        )
        .chain(([id, inner]) => made(id, inner, inner)),
      fc
        .constantFrom(...NAMES)
        .chain((inner) =>
          fc
            .tuple(of(inner), fc.array(valueOf(inner), { minLength: 1, maxLength: 4 }))
            .map(([value, list]) =>
              call("IN", BOOLEAN, value, ...list.map((item) => literal(item, COLUMNS[inner]))),
            ),
        ),
      made("IN", "d", "d", "d"),
    ],
  };
  return fc.oneof(...leaves, choice, made("COALESCE", name, name, name), ...own[name]);
}

const ROWS = fc.array(fc.tuple(...NAMES.map(valueOf)), { minLength: 1, maxLength: 8 });

describe("expressions", () => {
  it("give the same values and errors as generated code and as closures", () => {
    const expressions = fc.tuple(...NAMES.map((name) => expressionOf(name, 3)));
    fc.assert(
      fc.property(expressions, ROWS, (parts, rows) => {
        for (const [index, expression] of parts.entries()) {
          const root = project(SCAN, { [`e${index}`]: expression });
          const [generated, interpreted] = Object.values(COMPILERS).map((compiler) =>
            runPlan(SOURCE, root, rows, { compiler }),
          );
          assert.deepEqual(generated?.rows, interpreted?.rows);
          assert.deepEqual(
            generated?.errors.map((error) => error.reason),
            interpreted?.errors.map((error) => error.reason),
          );
        }
      }),
      { numRuns: 150 },
    );
  });
});
