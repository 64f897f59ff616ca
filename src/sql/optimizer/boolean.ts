// Building AND, OR, NOT and null tests in their simplest form. As in Calcite, a constant decides wherever it stands: what
// stands before it is not evaluated, so that it cannot fail either.

import { MAX_LENGTH, type SqlType } from "../../core/types.ts";
import type { Expression } from "../plan.ts";
import { children } from "../plan-expressions.ts";
import { BOOLEAN, isCollection, isInteger, isNumeric, isText, withNullable } from "../types.ts";

/** A function or operator applied. */
export type Call = Extract<Expression, { kind: "call" }>;

/** TRUE, FALSE or NULL. */
export function truth(value: boolean | null): Expression {
  return { kind: "literal", value, type: withNullable(BOOLEAN, value === null) };
}

/** Whether the expression is this literal. */
export function isTruth(expression: Expression, value: boolean | null): boolean {
  return expression.kind === "literal" && expression.value === value;
}

/** The operands of a connective, nested ones of the same kind among them; of anything else, itself. */
export function operandsOf(connective: "AND" | "OR", expression: Expression): Expression[] {
  if (expression.kind !== "call" || expression.function !== connective) return [expression];
  return expression.arguments.flatMap((operand) => operandsOf(connective, operand));
}

/** AND or OR of operands that are in their simplest form themselves. */
export function connect(connective: "AND" | "OR", parts: readonly Expression[]): Expression {
  const decisive = connective === "OR";
  const operands = parts.flatMap((part) => operandsOf(connective, part));
  if (operands.some((operand) => isTruth(operand, decisive))) return truth(decisive);
  const kept = [...new Set(operands.filter((operand) => !isTruth(operand, !decisive)))];
  const [first, ...rest] = kept;
  if (first === undefined) return truth(!decisive);
  if (rest.length === 0) return first;
  const nullable = kept.some((operand) => operand.type.nullable);
  const type = withNullable(BOOLEAN, nullable);
  return { kind: "call", function: connective, arguments: kept, type };
}

const INVERSE: Readonly<Record<string, string>> = {
  "=": "<>",
  "<>": "=",
  "<": ">=",
  ">=": "<",
  ">": "<=",
  "<=": ">",
  "IS NULL": "IS NOT NULL",
  "IS NOT NULL": "IS NULL",
  "IS TRUE": "IS NOT TRUE",
  "IS NOT TRUE": "IS TRUE",
  "IS FALSE": "IS NOT FALSE",
  "IS NOT FALSE": "IS FALSE",
  "IS DISTINCT FROM": "IS NOT DISTINCT FROM",
  "IS NOT DISTINCT FROM": "IS DISTINCT FROM",
};

/** NOT, taken into comparisons and connectives: so NOT (x > 1) is x <= 1, and FALSE for NaN. */
export function negate(expression: Expression): Expression {
  if (expression.kind === "literal") {
    return truth(expression.value === null ? null : expression.value === false);
  }
  if (expression.kind === "call") {
    const [operand] = expression.arguments;
    if (expression.function === "NOT" && operand !== undefined) return operand;
    if (expression.function === "AND") return connect("OR", expression.arguments.map(negate));
    if (expression.function === "OR") return connect("AND", expression.arguments.map(negate));
    const inverse = INVERSE[expression.function];
    if (inverse !== undefined && operand !== undefined && !isCollection(operand.type)) {
      return { ...expression, function: inverse };
    }
  }
  return { kind: "call", function: "NOT", arguments: [expression], type: expression.type };
}

/**
 * x IS NULL, or x IS NOT NULL: of what is NULL exactly if an operand is, a test of its operands. A type that says NOT NULL
 * decides in AND, OR and CASE (`isDecided`), and of what cannot fail; else the value is looked at, since LPAD(s, -1, 'x')
 * is NULL all the same.
 */
export function nullTest(expression: Expression, isNull: boolean, isDecided = false): Expression {
  // Flink does not look behind COALESCE here.
  const isCoalesce = expression.kind === "call" && expression.function === "COALESCE";
  const isKnown = isDecided || isSafe(expression);
  if (!expression.type.nullable && !isCoalesce && isKnown) return truth(!isNull);
  if (expression.kind === "literal") return truth((expression.value === null) === isNull);
  const operands = strictOperands(expression);
  if (operands !== undefined) {
    // IS NOT JSON is NOT ( … IS JSON), and looked at as that is.
    const isNot = expression.kind === "call" && expression.function === "NOT";
    return connect(
      isNull ? "OR" : "AND",
      operands.map((operand) => nullTest(operand, isNull, isDecided || !isNot)),
    );
  }
  const type = withNullable(BOOLEAN, false);
  const test = isNull ? "IS NULL" : "IS NOT NULL";
  return { kind: "call", function: test, arguments: [expression], type };
}

/** A condition as an operand of AND or OR, or of CASE: null tests that are left are decided by the type. */
export function decidedNullTest(condition: Expression): Expression {
  if (condition.kind !== "call") return condition;
  const [operand] = condition.arguments;
  const isNull = condition.function === "IS NULL";
  if (operand === undefined || !(isNull || condition.function === "IS NOT NULL")) return condition;
  return nullTest(operand, isNull, true);
}

const STRICT = new Set(
  "+ - * / NEGATE TIMESTAMPADD = <> < <= > >= LIKE NOT EXTRACT FLOOR CEIL TRIM".split(" "),
);

/** Whether an operand is the literal NULL, which decides: the others are not evaluated, and cannot fail. */
export function isNullByOperand({ function: name, arguments: args }: Call): boolean {
  const isStrict = STRICT.has(name) || NULL_BY_LITERAL.has(name);
  return isStrict && args.some((operand) => isTruth(operand, null));
}

/** As strict, where Flink's null tests do not look at the operands. */
const NULL_BY_LITERAL = new Set(["TIMESTAMPDIFF", "SIMILAR TO", "[]"]);

/** The operands that decide alone whether it is NULL: Flink's planner takes no account of failures and overflow. */
function strictOperands(expression: Expression): readonly Expression[] | undefined {
  if (expression.kind === "call" && STRICT.has(expression.function)) return expression.arguments;
  if (expression.kind !== "cast" || expression.try) return undefined;
  return isLossless(expression.input.type, expression.type) ? [expression.input] : undefined;
}

/** What Flink's planner holds to be free of failures: neither casts nor most functions, but a division. */
function isSafe(expression: Expression): boolean {
  if (expression.kind === "cast") return false;
  if (expression.kind === "call" && !STRICT.has(expression.function)) return false;
  return children(expression).every(isSafe);
}

const INTEGERS = ["TINYINT", "SMALLINT", "INTEGER", "BIGINT"];

function isLossless(from: SqlType, to: SqlType): boolean {
  if (isInteger(from) && isInteger(to))
    return INTEGERS.indexOf(from.kind) <= INTEGERS.indexOf(to.kind);
  if (!isText(to)) return false;
  if (isText(from))
    return from.length <= to.length && (to.kind === "VARCHAR" || from.kind === "CHAR");
  return isNumeric(from) && to.length === MAX_LENGTH;
}
