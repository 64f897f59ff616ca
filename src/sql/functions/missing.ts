// Values that are not there though declared NOT NULL: elements beyond the end, and decimals that do not fit. To every
// function they are NULL, in Flink as well; where a row is written (a result, a key, the argument of an aggregate) Flink
// gives the default of its generated code: -1, FALSE or ''. Of an element it takes the declaration at its word when
// asked IS NULL or IS DISTINCT FROM.

import type { SqlType, SqlValue } from "../../core/types.ts";
import { children } from "../plan-expressions.ts";
import type { Expression } from "../plan.ts";
import {
  MAX_PRECISION,
  decimalShape,
  formatType,
  isInteger,
  isText,
  withNullable,
} from "../types.ts";

/** An expression as it is written into a row. */
export function stored(expression: Expression): Expression {
  return fitted(present(expression));
}

/** With the default for an element that is not there. */
function present(expression: Expression): Expression {
  if (expression.kind === "cast" && !expression.try) {
    const { input, type } = expression;
    if (formatType(input.type) === formatType(type)) return present(input);
  }
  const declared = expression.kind === "call" ? elementOf(expression) : undefined;
  return declared === undefined ? expression : orDefault(expression, declared);
}

/**
 * With the default for what comes of a decimal that does not fit into its type. So Flink writes it into ARRAY[…] and
 * MAP[…], too.
 */
export function fitted(expression: Expression): Expression {
  const { type } = expression;
  // NULL after all.
  if (expression.kind === "call" && expression.function === "JSON_STRING") return expression;
  // IFNULL: a COALESCE of what is declared NOT NULL would be taken away again.
  return type.nullable || !mayOverflow(expression)
    ? expression
    : orDefault(expression, type, "IFNULL");
}

const overflows = new WeakMap<Expression, boolean>();

function mayOverflow(expression: Expression): boolean {
  let known = overflows.get(expression);
  if (known === undefined) {
    const isGiven = expression.kind === "call" && expression.function === "IFNULL";
    known = !isGiven && (isNarrowed(expression) || children(expression).some(mayOverflow));
    overflows.set(expression, known);
  }
  return known;
}

/** Whether it is a decimal that loses digits in front: of a cast, or of arithmetic in all the digits that there are. */
function isNarrowed(expression: Expression): boolean {
  const { type } = expression;
  if (type.kind !== "DECIMAL") return false;
  if (expression.kind === "call") return type.precision === MAX_PRECISION;
  if (expression.kind !== "cast") return false;
  const from = decimalShape(expression.input.type);
  if (from === undefined) return true;
  const spare = type.precision - type.scale - (from.precision - from.scale);
  // Rounding may carry into one more digit.
  return spare < (from.scale > type.scale ? 1 : 0);
}

/** The operand of IS NULL and IS NOT NULL. */
export function tested(expression: Expression): Expression {
  const field = hiddenField(expression);
  return field === undefined ? stored(expression) : orDefault(expression, field);
}

/** Whether an expression is an element of a collection of NOT NULL elements, which may be missing. */
export function isElement(expression: Expression): boolean {
  return expression.kind === "call" && elementOf(expression) !== undefined;
}

/** The type of a NOT NULL field taken of a row that may be NULL itself. */
export function hiddenField(expression: Expression): SqlType | undefined {
  if (expression.kind !== "call" || expression.function !== ".") return undefined;
  const [row, place] = expression.arguments;
  if (row?.type.kind !== "ROW" || place?.kind !== "literal") return undefined;
  const type = row.type.fields[Number(place.value)]?.type;
  return type?.nullable === false && expression.type.nullable ? type : undefined;
}

/** The type of the elements that [] picks from, if they are NOT NULL. */
function elementOf(call: Extract<Expression, { kind: "call" }>): SqlType | undefined {
  const [collection] = call.arguments;
  if (call.function !== "[]" || collection === undefined) return undefined;
  const { type } = collection;
  const element =
    type.kind === "ARRAY" ? type.element : type.kind === "MAP" ? type.value : undefined;
  return element?.nullable === false ? element : undefined;
}

function orDefault(
  expression: Expression,
  declared: SqlType,
  how: "COALESCE" | "IFNULL" = "COALESCE",
): Expression {
  const value = defaultOf(declared, isConstant(expression));
  if (value === null) return expression;
  const literal: Expression = { kind: "literal", value, type: withNullable(declared, false) };
  return {
    kind: "call",
    function: how,
    arguments: [expression, literal],
    type: expression.type,
  };
}

/** NULL for what is an object in Flink. */
function defaultOf(type: SqlType, isFolded: boolean): SqlValue {
  if (isInteger(type)) return -1;
  // Flink folds constants, and pads what it has folded.
  if (type.kind === "CHAR" && isFolded) return " ".repeat(type.length);
  if (isText(type)) return "";
  switch (type.kind) {
    case "FLOAT":
    case "DOUBLE":
    case "DATE":
      return -1;
    case "BOOLEAN":
      return false;
    default:
      return null;
  }
}

function isConstant(expression: Expression): boolean {
  if (expression.kind === "literal") return true;
  if (expression.kind === "cast") return isConstant(expression.input);
  return expression.kind === "call" && expression.arguments.every(isConstant);
}
