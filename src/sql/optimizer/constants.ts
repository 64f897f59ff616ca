// Constant expressions, evaluated once while planning. What fails is left as it is and fails when a row comes to it: in
// a branch that is never taken, never. Some constants Flink itself cannot plan: a division by the literal 0, and one by a
// constant that is no plain number; and a FLOAT that is not finite.

import { GatewayError } from "../../core/errors.ts";
import type { SqlType, SqlValue } from "../../core/types.ts";
import { stored } from "../functions/missing.ts";
import type { Expression } from "../plan.ts";
import { children, withChildren } from "../plan-expressions.ts";
import { isCollection, isNumeric, withNullable } from "../types.ts";
import { castFromDigits, computedFloat, isCastOfDigits, isLateCast } from "./float-constants.ts";

/** The value of an expression without inputs, as the operators compute it; undefined if that fails. */
export type ConstantEvaluator = (expression: Expression) => SqlValue | undefined;

/** Folds the constants of many expressions, each object once. */
export class ConstantFolder {
  readonly #evaluate: ConstantEvaluator;
  readonly #constant = new Map<Expression, boolean>();
  readonly #folded = new Map<Expression, Expression>();

  constructor(evaluate: ConstantEvaluator) {
    this.#evaluate = evaluate;
  }

  /** The expression with its largest constant parts as literals. Throws SQL_INVALID for divisions as above. */
  of(expression: Expression): Expression {
    let folded = this.#folded.get(expression);
    if (folded === undefined) {
      this.#refuseMissingPads(expression);
      folded =
        this.#isConstant(expression) && !isRowOfParts(expression)
          ? this.#literal(expression)
          : withChildren(
              expression,
              children(expression).map((part) => this.#part(expression, part)),
            );
      this.#folded.set(expression, folded);
    }
    return folded;
  }

  /** What Flink makes of a NULL that is declared NOT NULL depends on what stands around it: -1, '' or NULL. */
  #refuseMissingPads(whole: Expression): void {
    if (this.#isMissingPad(whole)) {
      throw refusal(whole, "a text of these lengths is NULL", PAD_HINT, "SQL_UNSUPPORTED");
    }
    const isNullTest = whole.kind === "call" && NULL_TESTS.has(whole.function);
    if (!this.#isConstant(whole) || isNullTest) return;
    for (const part of children(whole)) this.#refuseMissingPads(part);
  }

  #isMissingPad(expression: Expression): boolean {
    if (expression.kind !== "call" || !PADS.has(expression.function)) return false;
    if (expression.type.nullable) return false;
    if (this.#isConstant(expression)) return this.#evaluate(expression) === null;
    const [, length] = expression.arguments;
    const value = length && this.#isConstant(length) ? this.#evaluate(length) : undefined;
    return typeof value === "number" && value < 0;
  }

  /** COALESCE goes by the type that a constant was declared with, though its value is there. */
  #part(whole: Expression, part: Expression): Expression {
    if (isLateCast(whole, part)) return this.#cast(part);
    const folded = this.of(part);
    const isCoalesce = whole.kind === "call" && whole.function === "COALESCE";
    const isDeclared = part.type.nullable && !isCollection(part.type);
    if (!isCoalesce || !isDeclared || folded.kind !== "literal") return folded;
    return { ...folded, type: withNullable(folded.type, true) };
  }

  /** A cast that runs on the value of a constant, not on its digits. */
  #cast(cast: Extract<Expression, { kind: "cast" }>): Expression {
    const input = this.of(cast.input);
    const value = input.kind === "literal" ? this.#evaluate({ ...cast, input }) : undefined;
    if (value === undefined) return { ...cast, input };
    return { kind: "literal", value, type: withNullable(cast.type, value === null) };
  }

  #isConstant(expression: Expression): boolean {
    if (expression.kind === "literal") return true;
    if (expression.kind === "input" || expression.kind === "current-watermark") return false;
    let constant = this.#constant.get(expression);
    if (constant === undefined) {
      constant = children(expression).every((part) => this.#isConstant(part));
      this.#constant.set(expression, constant);
    }
    return constant;
  }

  #literal(expression: Expression): Expression {
    const { type } = expression;
    if (isCollection(type)) return castFromDigits(expression);
    checkDivision(expression, (chosen) => this.of(chosen));
    const value =
      expression.kind === "literal"
        ? expression.value
        : this.#evaluate(stored(castFromDigits(expression)));
    if (value === undefined) return expression;
    if (value === null && isCastOfMissing(expression)) {
      throw refusal(uncast(expression) ?? expression, MISSING, MISSING_HINT, "SQL_UNSUPPORTED");
    }
    if (typeof value === "number" && !Number.isFinite(value)) {
      const isRefused = type.kind === "FLOAT" && !isCastOfDigits(expression);
      if (isRefused) throw refusal(expression, NO_FLOAT, NO_FLOAT_HINT);
      return expression;
    }
    const isComputed = type.kind === "FLOAT" && !isNumber(uncast(expression));
    const kept = asLiteral(isComputed ? computedFloat(value) : value, type);
    if (expression.kind === "literal" && Object.is(kept, value)) return expression;
    return { kind: "literal", value: kept, type: withNullable(type, kept === null) };
  }
}

/** Of a ROW, the fields are folded; other collections stay as they are. */
function isRowOfParts(expression: Expression): boolean {
  return expression.kind === "call" && expression.function === "ROW";
}

/**
 * What of a value stays when it becomes a literal of its type, where what a function gave may be longer than that says:
 * UPPER('ß') is a CHAR(1). A literal has no negative zero either.
 */
function asLiteral(value: SqlValue, type: SqlType): SqlValue {
  switch (type.kind) {
    case "CHAR":
    case "VARCHAR":
      if (typeof value !== "string" || value.length <= type.length) return value;
      return Array.from(value).slice(0, type.length).join("");
    case "TIME":
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return withDigits(value, type.precision);
    default:
      // + 0 takes the sign from -0.
      return typeof value === "number" ? value + 0 : value;
  }
}

/** A point in time, milliseconds or nanoseconds, down to so many digits of a second. */
function withDigits(value: SqlValue, digits: number): SqlValue {
  if (typeof value === "number") {
    const unit = 10 ** Math.max(0, 3 - digits);
    return Math.floor(value / unit) * unit;
  }
  if (typeof value !== "bigint") return value;
  const unit = 10n ** BigInt(Math.max(0, 9 - digits));
  return value - (((value % unit) + unit) % unit);
}

const NULL_TESTS: ReadonlySet<string> = new Set(["IS NULL", "IS NOT NULL"]);
const PADS: ReadonlySet<string> = new Set(["LPAD", "RPAD"]);
const PAD_HINT = "Write a length of 0 or more, and some text to fill with; or NULL.";

const NO_FLOAT = "Flink has no FLOAT constant that is NaN or infinite";
const NO_FLOAT_HINT = "Use a DOUBLE.";

function checkDivision(expression: Expression, fold: (chosen: Expression) => Expression): void {
  if (expression.kind !== "call" || expression.function !== "/") return;
  const written = uncast(expression.arguments[1]);
  if (written === undefined) return;
  const divisor = isChosen(written) ? fold(written) : written;
  if (divisor.kind !== "literal") {
    const hint = "Write the divisor as a number.";
    throw refusal(expression, "Flink cannot divide constants by a computed one", hint);
  }
  if (divisor.value === 0 || divisor.value === 0n) {
    throw refusal(expression, "division by zero", "Divide by something else, or write NULL.");
  }
}

/** CASE and NULLIF of literals alone, which Flink decides before it divides. */
function isChosen(divisor: Expression): boolean {
  return divisor.kind === "case" && children(divisor).every(isDecidable);
}

/** A literal, also cast, or a comparison of literals. */
function isDecidable(part: Expression): boolean {
  const plain = uncast(part) ?? part;
  if (plain.kind === "literal") return true;
  return (
    plain.kind === "call" && COMPARISONS.has(plain.function) && plain.arguments.every(isDecidable)
  );
}

const COMPARISONS: ReadonlySet<string> = new Set(["=", "<>", "<", "<=", ">", ">="]);

/**
 * Whether an element that is not there is taken as another type. Flink folds it before its own casts, and after those that
 * are written; here they are the same.
 */
function isCastOfMissing(expression: Expression): boolean {
  return expression.kind === "cast" && stored(expression.input) !== expression.input;
}

const MISSING = "an element that this constant does not have is not supported here";
const MISSING_HINT = "Write NULL, or the value that shall be there.";

/** What to throw for a constant expression that Flink, or headrace, does not take. */
export function refusal(
  expression: Expression,
  message: string,
  hint: string,
  code: "SQL_INVALID" | "SQL_UNSUPPORTED" = "SQL_INVALID",
): GatewayError {
  const position = "position" in expression ? expression.position : undefined;
  return new GatewayError(message, {
    code,
    blame: "config",
    hint,
    ...(position === undefined ? {} : { position }),
  });
}

function isNumber(expression: Expression | undefined): boolean {
  return expression?.kind === "literal" && isNumeric(expression.type);
}

/** What a value is cast from: a literal that is cast is a literal to Flink. */
function uncast(expression: Expression | undefined): Expression | undefined {
  return expression?.kind === "cast" ? uncast(expression.input) : expression;
}
