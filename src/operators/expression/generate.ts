// Expressions as generated JavaScript: statements that leave a NULL flag and a value (`n0`, `v0`) apart, as Flink
// generates Java, so that doubles stay unboxed. Arguments are evaluated in order and all of them, except where
// AND, OR and CASE stop early.

import { assert } from "../../core/errors.ts";
import type { SqlType } from "../../core/types.ts";
import type { Expression } from "../../sql/plan.ts";
import { children } from "../../sql/plan-expressions.ts";
import { castFunction } from "../scalar/cast.ts";
import type { Implementation } from "../scalar/implementation.ts";
import { isPlainNumber } from "../scalar/implementation.ts";
import { NULL_TERM, isTrue, nullable } from "./code.ts";
import type { CodeWriter, Term } from "./code.ts";
import type { ComputedTerms } from "./computed.ts";
import { asDisjunction, implementationOf, literalSet } from "./shape.ts";
import type { Call } from "./shape.ts";

/** What the surrounding code provides: terms of input columns (already loaded) and of the watermark. */
export interface Scope {
  input(index: number): Term;
  /** The identifier of the watermark before the row, -Infinity for none. */
  readonly watermark: string;
  readonly computed: ComputedTerms;
}

/** Writes the statements for an expression, unless they stand already; the term gives its result. */
export function generate(code: CodeWriter, expression: Expression, scope: Scope): Term {
  if (children(expression).length === 0) return compute(code, expression, scope);
  const known = scope.computed.find(expression);
  if (known !== undefined) return known;
  const term = compute(code, expression, scope);
  scope.computed.keep(expression, term);
  return term;
}

function compute(code: CodeWriter, expression: Expression, scope: Scope): Term {
  switch (expression.kind) {
    case "literal":
      if (expression.value === null) return NULL_TERM;
      if (typeof expression.value === "boolean") {
        return { isNull: "false", value: String(expression.value) };
      }
      return { isNull: "false", value: code.use(expression.value) };
    case "input":
      return scope.input(expression.index);
    case "cast": {
      const { type, input } = expression;
      const cast = castFunction(input.type, type, expression);
      return apply(code, cast, { type, terms: [generate(code, input, scope)] });
    }
    case "case":
      return generateCase(code, expression, scope);
    case "current-watermark":
      return { isNull: `(${scope.watermark} === -Infinity)`, value: scope.watermark };
    case "call":
      return generateCall(code, expression, scope);
  }
}

function generateCall(code: CodeWriter, call: Call, scope: Scope): Term {
  switch (call.function) {
    case "AND":
      return connective(code, call, scope);
    case "OR":
      return connective(code, call, scope);
    case "COALESCE":
    case "IFNULL":
      return coalesce(code, call, scope);
    case "IN":
      return membership(code, call, scope);
    default: {
      const terms = call.arguments.map((argument) => generate(code, argument, scope));
      const test = TESTS[call.function];
      const first = terms[0];
      if (test === undefined)
        return apply(code, implementationOf(call), { type: call.type, terms });
      assert(first !== undefined, `${call.function} without argument`);
      return { isNull: "false", value: test(first) };
    }
  }
}

const TESTS: Readonly<Record<string, (term: Term) => string>> = {
  "IS NULL": (term) => term.isNull,
  "IS NOT NULL": (term) => `!${term.isNull}`,
  "IS TRUE": (term) => isTrue(term),
  "IS NOT TRUE": (term) => `!${isTrue(term)}`,
  "IS FALSE": (term) => isTrue(negated(term)),
  "IS NOT FALSE": (term) => `!${isTrue(negated(term))}`,
};

function negated(term: Term): Term {
  return { isNull: term.isNull, value: `!${term.value}` };
}

interface Application {
  readonly type: SqlType;
  readonly terms: readonly Term[];
}

function apply(code: CodeWriter, implementation: Implementation, call: Application): Term {
  const { terms, type } = call;
  const invoke = (values: readonly string[]): string =>
    implementation.inline?.(values, (helper) => code.use(helper)) ??
    `${code.use(implementation.apply)}(${values.join(", ")})`;
  if (implementation.acceptsNull === true) {
    const value = code.define("v", invoke(terms.map(nullable)));
    return implementation.nullable === true
      ? { isNull: code.define("n", `${value} === null`), value }
      : { isNull: "false", value };
  }
  const flags = [...new Set(terms.map((term) => term.isNull).filter((flag) => flag !== "false"))];
  if (flags.includes("true")) return NULL_TERM;
  const body = invoke(terms.map((term) => term.value));
  if (flags.length === 0) {
    const value = code.define("v", body);
    if (implementation.nullable !== true) return { isNull: "false", value };
    return { isNull: code.define("n", `${value} === null`), value };
  }
  const value = code.fresh("v");
  const isNull = code.fresh("n");
  code.emit(`let ${isNull} = ${flags.join(" || ")}, ${value} = ${emptyValue(type)};`);
  code.emit(`if (!${isNull}) {`);
  code.emit(`${value} = ${body};`);
  if (implementation.nullable === true) code.emit(`${isNull} = ${value} === null;`);
  code.emit("}");
  return { isNull, value };
}

/** AND stops at the first FALSE, OR at the first TRUE. */
function connective(code: CodeWriter, call: Call, scope: Scope): Term {
  const isAnd = call.function === "AND";
  const value = code.fresh("v");
  const isNull = code.fresh("n");
  // `value` holds the undecided outcome until a decisive operand turns it.
  code.emit(`let ${isNull} = false, ${value} = ${String(isAnd)};`);
  for (const [index, operand] of call.arguments.entries()) {
    if (index > 0) {
      code.emit(`if (${isAnd ? value : `!${value}`}) {`);
      scope.computed.open();
    }
    const term = generate(code, operand, scope);
    const decides = isTrue(isAnd ? negated(term) : term);
    code.emit(`if (${decides}) { ${value} = ${String(!isAnd)}; ${isNull} = false; }`);
    if (term.isNull !== "false") code.emit(`else if (${term.isNull}) ${isNull} = true;`);
  }
  code.emit("}".repeat(call.arguments.length - 1));
  scope.computed.close(call.arguments.length - 1);
  return { isNull, value };
}

/** Flink evaluates all arguments. */
function coalesce(code: CodeWriter, call: Call, scope: Scope): Term {
  const value = code.fresh("v");
  const isNull = code.fresh("n");
  const terms = call.arguments.map((operand) => generate(code, operand, scope));
  code.emit(`let ${isNull} = false, ${value} = ${emptyValue(call.type)};`);
  for (const term of terms) code.emit(`if (!${term.isNull}) ${value} = ${term.value}; else`);
  code.emit(`${isNull} = true;`);
  return { isNull, value };
}

function generateCase(
  code: CodeWriter,
  expression: Extract<Expression, { kind: "case" }>,
  scope: Scope,
): Term {
  const value = code.fresh("v");
  const isNull = code.fresh("n");
  code.emit(`let ${isNull} = false, ${value} = ${emptyValue(expression.type)};`);
  const assign = (result: Expression): void => {
    const term = generate(code, result, scope);
    code.emit(`${isNull} = ${term.isNull}; ${value} = ${term.value};`);
  };
  for (const branch of expression.branches) {
    const when = generate(code, branch.when, scope);
    code.emit(`if (${isTrue(when)}) {`);
    scope.computed.open();
    assign(branch.then);
    scope.computed.close();
    code.emit("} else {");
    scope.computed.open();
  }
  assign(expression.otherwise);
  code.emit("}".repeat(expression.branches.length));
  scope.computed.close(expression.branches.length);
  return { isNull, value };
}

function membership(code: CodeWriter, call: Call, scope: Scope): Term {
  const set = literalSet(call);
  const subject = call.arguments[0];
  if (set === undefined || subject === undefined) {
    return generateCall(code, asDisjunction(call), scope);
  }
  const term = generate(code, subject, scope);
  const implementation: Implementation = {
    nullable: set.hasNull,
    apply: () => null,
    inline: ([value]) => {
      const found = `${code.use(set.values)}.has(${value})`;
      const isFound = set.tellsZeros ? `${found} && !Object.is(${value}, -0)` : found;
      return set.hasNull ? `${isFound} || null` : isFound;
    },
  };
  return apply(code, implementation, { type: call.type, terms: [term] });
}

/** What a value variable holds while it is NULL: keeps it of one representation. */
function emptyValue(type: SqlType): string {
  if (isPlainNumber(type) || type.kind === "BIGINT") return "0";
  return type.kind === "BOOLEAN" ? "false" : "null";
}
