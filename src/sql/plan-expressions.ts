// Walking over the plan's expressions: what both sides of the contract need. Expressions are trees to look at, but the
// binder shares parts of them (a view's column stands in every place that names it): whoever rewrites or counts them
// does so once per object, or a tree of 100,000 nodes is walked that has 300 objects.

import type { SqlType, SqlValue } from "../core/types.ts";
import type { Expression } from "./plan.ts";

/** The parts of an expression that are expressions themselves, in the order in which they are evaluated. */
export function children(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "call":
      return expression.arguments;
    case "cast":
      return [expression.input];
    case "case":
      return [
        ...expression.branches.flatMap(({ when, then }) => [when, then]),
        expression.otherwise,
      ];
    default:
      return [];
  }
}

/** The expression with other parts, as many as `children` gives; itself if they are the same objects. */
export function withChildren(expression: Expression, parts: readonly Expression[]): Expression {
  if (children(expression).every((part, index) => part === parts[index])) return expression;
  const part = (index: number): Expression => parts[index] ?? expression;
  switch (expression.kind) {
    case "call":
      return { ...expression, arguments: parts };
    case "cast":
      return { ...expression, input: part(0) };
    case "case": {
      const branches = expression.branches.map((_, index) => ({
        when: part(2 * index),
        then: part(2 * index + 1),
      }));
      return { ...expression, branches, otherwise: part(parts.length - 1) };
    }
    default:
      return expression;
  }
}

/** Rewrites expressions from their leaves up, each object once. */
export class Rewriter {
  readonly #known = new Map<Expression, Expression>();
  readonly #rewrite: (expression: Expression) => Expression;

  /** `rewrite` sees an expression whose parts are rewritten already. */
  constructor(rewrite: (expression: Expression) => Expression) {
    this.#rewrite = rewrite;
  }

  of(expression: Expression): Expression {
    let result = this.#known.get(expression);
    if (result === undefined) {
      const parts = children(expression).map((part) => this.of(part));
      result = this.#rewrite(withChildren(expression, parts));
      this.#known.set(expression, result);
    }
    return result;
  }
}

/** The input columns that expressions read, each once, ascending. */
export function inputsOf(expressions: readonly Expression[]): number[] {
  const inputs = new Set<number>();
  const seen = new Set<Expression>();
  const visit = (expression: Expression): void => {
    if (seen.has(expression)) return;
    seen.add(expression);
    if (expression.kind === "input") inputs.add(expression.index);
    children(expression).forEach(visit);
  };
  expressions.forEach(visit);
  return [...inputs].sort((a, b) => a - b);
}

/** Numbers expressions so that those of the same form and type have the same number; places do not count. */
export class ExpressionNumbers {
  readonly #byObject = new Map<Expression, number>();
  readonly #byForm = new Map<string, number>();

  of(expression: Expression): number {
    const known = this.#byObject.get(expression);
    if (known !== undefined) return known;
    const form = this.#form(expression);
    const number = this.#byForm.get(form) ?? this.#byForm.size;
    this.#byForm.set(form, number);
    this.#byObject.set(expression, number);
    return number;
  }

  #form(expression: Expression): string {
    const type = typeKey(expression.type);
    const parts = children(expression)
      .map((part) => this.of(part))
      .join(",");
    switch (expression.kind) {
      case "literal":
        return `literal ${type} ${valueKey(expression.value)}`;
      case "input":
        return `input ${type} ${expression.index}`;
      case "call":
        return `call ${expression.function} ${type} ${parts}`;
      case "cast":
        return `cast ${String(expression.try)} ${type} ${expression.zone ?? ""} ${parts}`;
      default:
        return `${expression.kind} ${type} ${parts}`;
    }
  }
}

const TYPE_KEYS = new WeakMap<SqlType, string>();

/** A text that is the same for the same type, nullability apart. */
function typeKey(type: SqlType): string {
  let key = TYPE_KEYS.get(type);
  if (key === undefined) {
    key = JSON.stringify({ ...type, nullable: true });
    TYPE_KEYS.set(type, key);
  }
  return key;
}

/** A text that is the same for values that no function can tell apart. */
function valueKey(value: SqlValue): string {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  if (value instanceof Uint8Array) return `x${Buffer.from(value).toString("hex")}`;
  return JSON.stringify(value, (_, item: unknown) => {
    if (typeof item === "bigint") return `${item}n`;
    return typeof item === "number" ? String(item) : item;
  });
}
