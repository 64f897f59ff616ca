// What both expression compilers need to know of a plan's expression.

import { assert } from "../../core/errors.ts";
import type { SqlType, SqlValue } from "../../core/types.ts";
import type { Expression } from "../../sql/plan.ts";
import { children } from "../../sql/plan-expressions.ts";
import type { CallShape, Implementation } from "../scalar/implementation.ts";
import { SCALARS } from "../scalar/index.ts";

/** A call node. */
export type Call = Extract<Expression, { kind: "call" }>;

/** The run-time implementation of a call that is no control function. */
export function implementationOf(call: Call): Implementation {
  const pick = SCALARS.get(call.function);
  assert(pick !== undefined, `no implementation of ${call.function}`);
  return pick(shapeOf(call));
}

function shapeOf(call: Call): CallShape {
  return {
    arguments: call.arguments.map((argument) => argument.type),
    type: call.type,
    constants: call.arguments.map((argument) =>
      argument.kind === "literal" ? argument.value : undefined,
    ),
    position: call.position,
  };
}

/** True if CURRENT_WATERMARK stands anywhere in the expressions. */
export function readsWatermark(expressions: readonly Expression[]): boolean {
  return expressions.some(
    (expression) => expression.kind === "current-watermark" || readsWatermark(children(expression)),
  );
}

/** The literals of an IN. */
export interface LiteralSet {
  readonly values: ReadonlySet<SqlValue>;
  /** NULL is among them. */
  readonly hasNull: boolean;
  /** In a list, Flink tells -0.0 from 0.0, which every literal is: it is not found, where a Set would find it. */
  readonly tellsZeros: boolean;
}

/** IN over literals as a set to look in. undefined: see `asDisjunction`. */
export function literalSet(call: Call): LiteralSet | undefined {
  const [subject, ...rest] = call.arguments;
  if (subject === undefined || !comparesByIdentity(subject.type)) return undefined;
  const values: SqlValue[] = [];
  for (const item of rest) {
    if (item.kind !== "literal") return undefined;
    values.push(item.value);
  }
  // NaN equals nothing, but a Set finds it.
  const kept = values.filter((value) => value !== null && !Number.isNaN(value));
  const { kind } = subject.type;
  const tellsZeros = (kind === "DOUBLE" || kind === "FLOAT") && kept.includes(0);
  return { values: new Set(kept), hasNull: values.includes(null), tellsZeros };
}

/** x IN (a, b) as x = a OR x = b. */
export function asDisjunction(call: Call): Call {
  const [subject, ...rest] = call.arguments;
  assert(subject !== undefined, "IN without arguments");
  const boolean: SqlType = { kind: "BOOLEAN", nullable: true };
  const position = call.position === undefined ? {} : { position: call.position };
  const equals = rest.map((item): Expression => ({
    kind: "call",
    function: "=",
    arguments: [subject, item],
    type: boolean,
    ...position,
  }));
  return { kind: "call", function: "OR", arguments: equals, type: boolean, ...position };
}

/** Equal values of this type are the same to a JavaScript Set. */
function comparesByIdentity(type: SqlType): boolean {
  switch (type.kind) {
    case "DECIMAL":
    case "BINARY":
    case "VARBINARY":
    case "ARRAY":
    case "MAP":
    case "MULTISET":
    case "ROW":
      return false;
    default:
      return true;
  }
}
