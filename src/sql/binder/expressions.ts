// Expressions: names to inputs, operators and functions to registry calls, implicit casts made explicit.
// `intercept` lets the aggregate binder take over grouped expressions and aggregate calls.

import type { SourcePosition } from "../../core/errors.ts";
import { SQL_EXPRESSION_NODES } from "../../core/limits.ts";
import type { SqlType } from "../../core/types.ts";
import type { CallExpr, CaseExpr, Expr } from "../ast.ts";
import { AGGREGATE_FUNCTIONS } from "../functions/aggregates.ts";
import { unify } from "../functions/conditional.ts";
import { rangeAsNumbers } from "../functions/text-order.ts";
import { findFunction, findOperator, functionNames } from "../functions/registry.ts";
import { cast, refuseNull, type CallSite, type ScalarFunction } from "../functions/spec.ts";
import type { Expression } from "../plan.ts";
import { didYouMean, type SourceText } from "../source.ts";
import { BOOLEAN, NULL_TYPE, commonType, formatType, withNullable } from "../types.ts";
import { bindLiteral } from "../literals.ts";
import { bindCast } from "./cast.ts";
import { ExpressionSizes, bindField, isGrouped, resolveColumn, type Scope } from "./scope.ts";
import { refusedFunction, requireRuns } from "../unsupported.ts";
import { operatorForm } from "./walk.ts";

const MISPLACED_STAR = "* can stand in the select list and in COUNT(*) only";

export interface ExpressionBinderOptions {
  readonly source: SourceText;
  readonly scope: Scope;
  /** Says what kind of clause this is, for messages about aggregates: "WHERE", "a computed column" … */
  readonly clause: string;
  /** Asked first for every node; undefined = bind it as usual. */
  readonly intercept?: (expr: Expr) => Expression | undefined;
}

export class ExpressionBinder {
  readonly #source: SourceText;
  readonly #options: ExpressionBinderOptions;
  readonly #sizes = new ExpressionSizes();
  readonly #grouped: boolean;

  constructor(options: ExpressionBinderOptions) {
    this.#source = options.source;
    this.#options = options;
    this.#grouped = options.intercept !== undefined || isGrouped(options.scope.table.relation);
  }

  /** The typed expression. Throws SQL_INVALID and SQL_UNSUPPORTED. */
  bind(expr: Expr): Expression {
    const bound = this.#bind(expr);
    if (this.#sizes.of(bound) <= SQL_EXPRESSION_NODES) return bound;
    throw this.#source.unsupported(
      expr,
      "this expression is too large once views and computed columns are filled in",
      "Compute a part of it in a window's SELECT of its own.",
    );
  }

  #bind(expr: Expr): Expression {
    const intercepted = this.#options.intercept?.(expr) ?? bindLiteral(this.#source, expr);
    if (intercepted !== undefined) return intercepted;
    const form = operatorForm(expr);
    if (form !== undefined) return this.#operator(expr, form.id, form.operands);
    switch (expr.kind) {
      case "name":
        return this.#bindName(expr);
      case "field":
        return bindField(this.#source, this.#bind(expr.operand), expr.field);
      case "unary":
        return this.#bindUnary(expr);
      case "between":
        return this.#bindBetween(expr);
      case "in":
        return this.#negated(expr, this.#operator(expr, "IN", [expr.operand, ...expr.list]));
      case "like": {
        const escape = expr.escape === undefined ? [] : [expr.escape];
        const operands = [expr.operand, expr.pattern, ...escape];
        return this.#negated(expr, this.#operator(expr, expr.function, operands));
      }
      case "difference":
        return this.#operator(expr, "DIFFERENCE", [expr.unit, expr.left, expr.right]);
      case "overlaps":
        return this.#operator(expr, "OVERLAPS", expr.ends);
      case "case":
        return this.#bindCase(expr);
      case "cast":
        return bindCast(this.#source, expr, this.#bind(expr.operand));
      case "call":
        return this.#bindCall(expr);
      default:
        throw this.#source.invalid(expr, MISPLACED_STAR);
    }
  }

  /** A condition: BOOLEAN, or a bare NULL. `what` names it in the message. */
  bindCondition(expr: Expr, what: string): Expression {
    const bound = this.bind(expr);
    if (bound.type.kind === "BOOLEAN") return bound;
    if (bound.type.kind === "NULL") return cast(bound, BOOLEAN);
    const type = formatType(withNullable(bound.type, true));
    throw this.#source.invalid(expr, `${what} must be BOOLEAN, not ${type}`);
  }

  #bindName(expr: Expr & { kind: "name" }): Expression {
    return resolveColumn(this.#source, this.#options.scope, expr.parts).expression;
  }

  #bindUnary(expr: Expr & { kind: "unary" }): Expression {
    const operand = this.#operand(expr.operand);
    if (expr.operator === "NOT") return this.#apply(expr, findOperator("NOT"), [operand]);
    // + is checked as - is, and then left out.
    const negated = this.#apply(expr, findOperator("NEGATE"), [operand]);
    return expr.operator === "-" ? negated : operand.bound;
  }

  #negated(expr: Expr & { negated: boolean }, condition: Expression): Expression {
    return expr.negated
      ? { kind: "call", function: "NOT", arguments: [condition], type: condition.type }
      : condition;
  }

  /** x BETWEEN a AND b is x >= a AND x <= b; SYMMETRIC also the other way round. x is bound once. */
  #bindBetween(expr: Expr & { kind: "between" }): Expression {
    const operands = [expr.operand, expr.low, expr.high].map((each) => this.#operand(each));
    const numbers = rangeAsNumbers(
      operands.map(({ bound }) => bound),
      (message) => this.#source.unsupported(expr, message, "CAST the text."),
    );
    const [operand, low, high] = operands.map((each, i) => ({
      ...each,
      bound: numbers[i] ?? each.bound,
    }));
    if (operand === undefined || low === undefined || high === undefined)
      throw new RangeError("three");
    const range = (from: Operand, to: Operand): Expression => {
      const above = this.#apply(expr, findOperator(">="), [operand, from]);
      return this.#connect("AND", above, this.#apply(expr, findOperator("<="), [operand, to]));
    };
    const forward = range(low, high);
    if (!expr.symmetric) return this.#negated(expr, forward);
    return this.#negated(expr, this.#connect("OR", forward, range(high, low)));
  }

  #connect(operator: "AND" | "OR", left: Expression, right: Expression): Expression {
    const type = withNullable(BOOLEAN, left.type.nullable || right.type.nullable);
    return { kind: "call", function: operator, arguments: [left, right], type };
  }

  #operator(expr: Expr, id: string, operands: readonly Expr[]): Expression {
    return this.#apply(
      expr,
      findOperator(id),
      operands.map((operand) => this.#operand(operand)),
    );
  }

  #operand(expr: Expr): Operand {
    return { expr, bound: this.#bind(expr) };
  }

  #apply(expr: Expr, spec: ScalarFunction, operands: readonly Operand[]): Expression {
    const source = this.#source;
    // Comparisons and logic cannot fail on data, so that their place is of no use at run time.
    const fails = spec.category !== "comparison" && spec.category !== "logical";
    const position: SourcePosition | undefined = fails ? source.position(expr) : undefined;
    const place = (index = -1): Expr => operands[index]?.expr ?? expr;
    return spec.bind({
      name: expr.kind === "call" ? expr.name.name.toUpperCase() : spec.id,
      arguments: operands.map((operand) => operand.bound),
      grouped: this.#grouped,
      fail: (index, ...why) => source.invalid(place(index), ...why),
      unsupported: (index, ...why) => source.unsupported(place(index), ...why),
      call: (id, args, type) => ({
        kind: "call",
        function: id,
        arguments: args,
        type,
        ...(position === undefined ? {} : { position }),
      }),
    });
  }

  #bindCall(expr: CallExpr): Expression {
    const { name } = expr.name;
    if (name.toUpperCase() === "CURRENT_WATERMARK") return this.#bindWatermark(expr);
    const spec = findFunction(name);
    if (spec === undefined) throw this.#unknownFunction(expr);
    requireRuns(this.#source, expr.name, spec.id);
    if (expr.star) throw this.#source.invalid(expr, `${name}(*) is no function`);
    if (expr.distinct) throw this.#source.invalid(expr, `DISTINCT does not go with ${name}`);
    if (expr.filter !== undefined) {
      throw this.#source.invalid(expr.filter, `FILTER goes with aggregates only, not with ${name}`);
    }
    if (spec.id === "UNIX_TIMESTAMP" && expr.arguments.length === 0) {
      throw this.#source.unsupported(
        expr,
        "UNIX_TIMESTAMP() reads the wall clock",
        "Use the event time.",
      );
    }
    return this.#apply(
      expr,
      spec,
      expr.arguments.map((argument) => this.#operand(argument)),
    );
  }

  #unknownFunction(expr: CallExpr): Error {
    const { name } = expr.name;
    const { clause } = this.#options;
    if (AGGREGATE_FUNCTIONS.has(name.toUpperCase())) {
      return this.#source.invalid(
        expr,
        `the aggregate ${name.toUpperCase()} cannot stand in ${clause}`,
        clause === "SELECT" ? "An aggregate needs GROUP BY window_start, window_end." : undefined,
      );
    }
    const refused = refusedFunction(this.#source, expr.name, name);
    if (refused !== undefined) return refused;
    const hint = didYouMean(name, functionNames()) ?? "`headrace functions` lists what there is.";
    return this.#source.unsupported(expr.name, `unknown function ${name}`, hint);
  }

  #bindWatermark(expr: CallExpr): Expression {
    const [argument] = expr.arguments;
    const column =
      argument?.kind === "name"
        ? resolveColumn(this.#source, this.#options.scope, argument.parts)
        : undefined;
    const isTime = column?.role === "rowtime" || column?.role === "window_time";
    if (expr.arguments.length !== 1 || !isTime) {
      const message = "CURRENT_WATERMARK takes the rowtime column of a table, or window_time";
      throw this.#source.invalid(argument ?? expr, message, "Name the column of WATERMARK FOR.");
    }
    return { kind: "current-watermark", type: withNullable(column.expression.type, true) };
  }

  #bindCase(expr: CaseExpr): Expression {
    const operand = expr.operand === undefined ? undefined : this.#operand(expr.operand);
    const conditions = expr.branches.map(({ when }) => this.#bindWhen(when, operand));
    const nothing: Expression = { kind: "literal", value: null, type: NULL_TYPE };
    const values = expr.branches.map(({ then }) => this.#bind(then));
    values.push(expr.otherwise === undefined ? nothing : this.#bind(expr.otherwise));
    const type = this.#caseType(expr, values);
    const site: Pick<CallSite, "name" | "fail"> = {
      name: "CASE",
      fail: (_index, message, hint) => this.#source.invalid(expr, message, hint),
    };
    const unified = unify(site, values, "calcite");
    const otherwise = unified.pop() ?? nothing;
    const branches = unified.map((then, index) => ({ when: conditions[index] ?? nothing, then }));
    return { kind: "case", branches, otherwise, type };
  }

  #caseType(expr: CaseExpr, values: readonly Expression[]): SqlType {
    if (values.every((value) => value.type.kind === "NULL")) {
      throw this.#source.invalid(expr, "all values of this CASE are NULL", "CAST one of them.");
    }
    const types = values.map((value) => value.type);
    const type = commonType(types, "calcite");
    if (type !== undefined) return type;
    const names = types.map((each) => formatType(withNullable(each, true)));
    const message = `the values of CASE have no common type: ${[...new Set(names)].join(", ")}`;
    throw this.#source.invalid(expr, message, "CAST them to one type.");
  }

  /** CASE WHEN c, and CASE x WHEN a, b as x = a OR x = b. */
  #bindWhen(when: readonly Expr[], operand: Operand | undefined): Expression {
    const conditions = when.map((each) =>
      operand === undefined
        ? this.bindCondition(each, "the condition of WHEN")
        : this.#apply(each, findOperator("="), [operand, this.#operand(each)]),
    );
    return conditions.reduce((left, right) => this.#connect("OR", left, right));
  }
}

/** A part of an expression with its bound form: bound once, wherever it is used. */
interface Operand {
  readonly expr: Expr;
  readonly bound: Expression;
}

/** Refuses a bare NULL as a value of its own (a select item, a key). */
export function refuseBareNull(source: SourceText, expr: Expr, bound: Expression): void {
  const site = {
    arguments: [bound],
    fail: (_index: number | undefined, message: string, hint?: string) =>
      source.invalid(expr, message, hint),
  };
  refuseNull(site, 0);
}
