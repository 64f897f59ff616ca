// A plan's expression as a person reads it: SQL, with the names of the columns it reads. Implicit casts that change
// nothing for the reader (nullability, a literal's width) are left out; long texts are cut.

import type { SqlType, SqlValue } from "../../core/types.ts";
import { decimalText } from "../../core/value/decimal.ts";
import { doubleText } from "../../core/value/java-number.ts";
import { clockText, dateText, timestampText } from "../../core/value/time-text.ts";
import type { TimestampValue } from "../../core/value/timestamp.ts";
import type { Expression } from "../plan.ts";
import type { Call } from "../optimizer/boolean.ts";
import { formatType, sameType, withNullable } from "../types.ts";

/** Longer ones say nothing more. */
const TEXT_CHARACTERS = 200;
/** … and deeper ones neither. */
const TEXT_DEPTH = 30;

/** The text of an expression; `names` are those of the columns that it reads. */
export function expressionText(expression: Expression, names: readonly string[]): string {
  const text = new Writer(names).write(expression, 0);
  return text.length > TEXT_CHARACTERS ? `${text.slice(0, TEXT_CHARACTERS - 1)}…` : text;
}

const INFIX = new Set(
  "= <> < <= > >= + - * / % || AND OR LIKE"
    .split(" ")
    .concat("IS DISTINCT FROM", "IS NOT DISTINCT FROM"),
);

class Writer {
  readonly #names: readonly string[];

  constructor(names: readonly string[]) {
    this.#names = names;
  }

  write(expression: Expression, depth: number): string {
    if (depth > TEXT_DEPTH) return "…";
    switch (expression.kind) {
      case "literal":
        return literalText(expression.value, expression.type);
      case "input":
        return this.#names[expression.index] ?? `#${expression.index}`;
      case "cast": {
        const { input, type } = expression;
        const inner = this.write(input, depth + 1);
        if (sameType(input.type, type)) return inner;
        const name = expression.try ? "TRY_CAST" : "CAST";
        return `${name}(${inner} AS ${formatType(withNullable(type, true))})`;
      }
      case "case": {
        const branches = expression.branches.map(
          ({ when, then }) =>
            `WHEN ${this.write(when, depth + 1)} THEN ${this.write(then, depth + 1)}`,
        );
        return `CASE ${branches.join(" ")} ELSE ${this.write(expression.otherwise, depth + 1)} END`;
      }
      case "current-watermark":
        return "CURRENT_WATERMARK";
      case "call":
        return this.#call(expression, depth);
    }
  }

  #call({ function: name, arguments: parts }: Call, depth: number): string {
    const all = (): string => parts.map((part) => this.write(part, depth + 1)).join(", ");
    const operands = parts.map((part) => this.#operand(part, name, depth + 1));
    const [first = "", ...rest] = operands;
    if (INFIX.has(name) && rest.length > 0) return operands.join(` ${name} `);
    if (name === "IN") return `${first} IN (${rest.join(", ")})`;
    if (name === "NOT") return `NOT (${all()})`;
    if (name === "NEGATE") return `-${first}`;
    return name.startsWith("IS ") ? `${first} ${name}` : `${name}(${all()})`;
  }

  /** In parentheses where another operator stands; only comparisons under AND and OR need none. */
  #operand(expression: Expression, within: string, depth: number): string {
    const text = this.write(expression, depth);
    if (expression.kind !== "call" || !INFIX.has(expression.function)) return text;
    const isPlain =
      (within === "AND" || within === "OR") && !/^(AND|OR)$/.test(expression.function);
    return isPlain ? text : `(${text})`;
  }
}

function literalText(value: SqlValue, type: SqlType): string {
  if (value === null) return "NULL";
  switch (type.kind) {
    case "CHAR":
    case "VARCHAR":
      return `'${(value as string).replaceAll("'", "''")}'`;
    case "DECIMAL":
      return decimalText(value as bigint, type.scale);
    case "FLOAT":
    case "DOUBLE":
      return doubleText(value as number);
    case "BOOLEAN":
      return value === true ? "TRUE" : "FALSE";
    case "DATE":
      return `DATE '${dateText(value as number)}'`;
    case "TIME":
      return `TIME '${clockText(value as number)}'`;
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return `${type.kind} '${timestampText(value as TimestampValue, " ", 0)}'`;
    case "INTERVAL_DAY_TIME":
      return intervalText(value as number);
    case "INTERVAL_YEAR_MONTH":
      return `INTERVAL '${value as number}' MONTH`;
    case "BINARY":
    case "VARBINARY":
      return `X'${Buffer.from(value as Uint8Array).toString("hex")}'`;
    default:
      return typeof value === "object" ? type.kind : String(value);
  }
}

const SECOND = ["s", 1000, "SECOND"] as const;
const UNITS = [
  ["d", 86_400_000, "DAY"],
  ["h", 3_600_000, "HOUR"],
  ["min", 60_000, "MINUTE"],
  SECOND,
] as const;

function intervalText(ms: number): string {
  const [, size, name] = UNITS.find(([, each]) => ms % each === 0 && ms !== 0) ?? SECOND;
  return `INTERVAL '${ms / size}' ${name}`;
}

/** Milliseconds in the largest unit that needs no fraction: `5 s`, `90 min`, `250 ms`. */
export function durationText(ms: number): string {
  const [unit, size] = UNITS.find(([, each]) => ms % each === 0 && ms !== 0) ?? ["ms", 1];
  return `${ms / size} ${unit}`;
}
