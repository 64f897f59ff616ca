// The closure interpreter: an expression becomes a closure over one row. Slow and plain; it is the oracle that the
// generated code is checked against, so it shares nothing with generate.ts but the functions' `apply`.

import { assert } from "../../core/errors.ts";
import type { SqlValue } from "../../core/types.ts";
import type { Expression } from "../../sql/plan.ts";
import { castFunction } from "../scalar/cast.ts";
import type { Implementation } from "../scalar/implementation.ts";
import { asDisjunction, implementationOf, literalSet } from "./shape.ts";
import type { Call } from "./shape.ts";

/** Evaluates on a row (by input column index); `watermark` is the one before the row, -Infinity for none. */
export type Evaluate = (row: readonly SqlValue[], watermark: number) => SqlValue;

/** Compiles an expression to closures. The closure throws DataError where the data breaks it. */
export function interpret(expression: Expression): Evaluate {
  switch (expression.kind) {
    case "literal": {
      const { value } = expression;
      return () => value;
    }
    case "input": {
      const { index } = expression;
      return (row) => row[index] ?? null;
    }
    case "cast": {
      const { type, input } = expression;
      const cast = castFunction(input.type, type, expression);
      return application(cast, [interpret(input)]);
    }
    case "case": {
      const branches = expression.branches.map((branch) => ({
        when: interpret(branch.when),
        then: interpret(branch.then),
      }));
      const otherwise = interpret(expression.otherwise);
      return (row, watermark) => {
        for (const branch of branches) {
          if (branch.when(row, watermark) === true) return branch.then(row, watermark);
        }
        return otherwise(row, watermark);
      };
    }
    case "current-watermark":
      return (_, watermark) => (watermark === Number.NEGATIVE_INFINITY ? null : watermark);
    case "call":
      return interpretCall(expression);
  }
}

function interpretCall(call: Call): Evaluate {
  const parts = call.arguments.map(interpret);
  const first = parts[0];
  switch (call.function) {
    case "AND":
      return connective(parts, false);
    case "OR":
      return connective(parts, true);
    case "COALESCE":
    case "IFNULL":
      return (row, watermark) => {
        const values = parts.map((part) => part(row, watermark));
        return values.find((value) => value !== null) ?? null;
      };
    case "IN":
      return membership(call);
    default: {
      const test = TESTS[call.function];
      if (test === undefined) return application(implementationOf(call), parts);
      assert(first !== undefined, `${call.function} without argument`);
      return (row, watermark) => test(first(row, watermark));
    }
  }
}

const TESTS: Readonly<Record<string, (value: SqlValue) => boolean>> = {
  "IS NULL": (value) => value === null,
  "IS NOT NULL": (value) => value !== null,
  "IS TRUE": (value) => value === true,
  "IS NOT TRUE": (value) => value !== true,
  "IS FALSE": (value) => value === false,
  "IS NOT FALSE": (value) => value !== false,
};

/** AND stops at the first FALSE, OR at the first TRUE; what follows is not evaluated. */
function connective(parts: readonly Evaluate[], decisive: boolean): Evaluate {
  return (row, watermark) => {
    let result: SqlValue = !decisive;
    for (const part of parts) {
      const value = part(row, watermark);
      if (value === decisive) return decisive;
      if (value === null) result = null;
    }
    return result;
  };
}

function membership(call: Call): Evaluate {
  const set = literalSet(call);
  const subject = call.arguments[0];
  if (set === undefined || subject === undefined) return interpretCall(asDisjunction(call));
  const evaluate = interpret(subject);
  return (row, watermark) => {
    const value = evaluate(row, watermark);
    if (value === null) return null;
    const isFound = set.values.has(value) && !(set.tellsZeros && Object.is(value, -0));
    return isFound || (set.hasNull ? null : false);
  };
}

/** All arguments are evaluated, also after a NULL: an error in any of them counts, as in Flink. */
function application(implementation: Implementation, parts: readonly Evaluate[]): Evaluate {
  const apply = implementation.apply as (...values: SqlValue[]) => SqlValue;
  const acceptsNull = implementation.acceptsNull === true;
  return (row, watermark) => {
    const values = parts.map((part) => part(row, watermark));
    return !acceptsNull && values.includes(null) ? null : apply(...values);
  };
}
