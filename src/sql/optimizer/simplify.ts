// Expressions in their simplest form, by the rules of Flink's planner as far as they show: in rows (NaN, -0.0), and in
// what is not evaluated and so cannot fail. Each rule was found with a real Flink (test/conformance, tag `simplify`).
//
//   x AND FALSE, x OR TRUE           the constant, wherever it stands
//   NOT (x > y)                      x <= y, and so through AND and OR
//   x = x, x >= x                    TRUE unless x is NULL, also for NaN; x <> x, x < x: FALSE
//   x + NULL, x = NULL, x LIKE NULL  NULL: x is not evaluated
//   x IS NULL                        decided by the type, or by the operands of arithmetic and comparisons
//   b = TRUE, b IS TRUE …            b or NOT b
//   x + 0, x * 1 … in floating point x: -0.0 keeps its sign
//   x > 1 OR x = 1, x = 1 OR x = 2   joined: join-comparisons.ts
//   COALESCE                         without what stands behind a value whose type says NOT NULL
//   x >= 'a ' AND TRUE               x >= 'a': trim-literals.ts
//   CASE                             without branches that cannot be taken; equal results need no condition

import type { Expression } from "../plan.ts";
import { children, ExpressionNumbers, withChildren } from "../plan-expressions.ts";
import { BOOLEAN, isCollection, isNumeric, sameType, withNullable } from "../types.ts";
import {
  connect,
  decidedNullTest,
  isNullByOperand,
  isTruth,
  negate,
  nullTest,
  operandsOf,
  truth,
  type Call,
} from "./boolean.ts";
import { joinComparisons } from "./join-comparisons.ts";
import { besideNeutral } from "./neutral.ts";
import type { ExpressionChange } from "./relations.ts";
import { withTrimmedLiteral } from "./trim-literals.ts";

/** Simplifies many expressions, each object once. */
export class Simplifier implements ExpressionChange {
  readonly #numbers = new ExpressionNumbers();
  readonly #values = new Map<Expression, Expression>();
  readonly #conditions = new Map<Expression, Expression>();

  /** A value: NULL stays NULL. */
  value(expression: Expression): Expression {
    let simple = this.#values.get(expression);
    if (simple === undefined) {
      simple = this.#simplify(expression);
      this.#values.set(expression, simple);
    }
    return simple;
  }

  /** A condition: only TRUE counts, NULL becomes FALSE. */
  condition(expression: Expression): Expression {
    let simple = this.#conditions.get(expression);
    if (simple === undefined) {
      simple = this.#condition(this.value(expression));
      this.#conditions.set(expression, simple);
    }
    return simple;
  }

  #condition(value: Expression): Expression {
    if (isTruth(value, null)) return truth(false);
    if (value.kind === "case") return neverTrue(value) ? truth(false) : value;
    if (value.kind !== "call") return value;
    const connective = value.function;
    if (connective === "IS NULL" || connective === "IS NOT NULL") {
      const [operand] = value.arguments;
      return operand === undefined ? value : conditionNullTest(operand, connective === "IS NULL");
    }
    if (connective !== "AND" && connective !== "OR") return value;
    const parts = value.arguments.map((part) => this.#condition(part));
    return this.#connect(connective, parts, true);
  }

  #simplify(expression: Expression): Expression {
    switch (expression.kind) {
      case "call":
      case "cast": {
        const parts = children(expression).map((part) => this.value(part));
        const simple = withChildren(expression, parts);
        return simple.kind === "call" ? this.#call(simple) : simple;
      }
      case "case":
        return this.#case(expression);
      default:
        return expression;
    }
  }

  #call(call: Call): Expression {
    if (isNullByOperand(call) && !isCollection(call.type)) {
      return { kind: "literal", value: null, type: withNullable(call.type, true) };
    }
    const [first, second] = call.arguments;
    switch (call.function) {
      case "AND":
      case "OR":
        return this.#connect(call.function, call.arguments.map(decidedNullTest), false);
      case "NOT":
        return first === undefined ? call : this.#negated(first);
      case "IS NULL":
      case "IS NOT NULL":
        return first === undefined ? call : nullTest(first, call.function === "IS NULL");
      case "IS TRUE":
      case "IS NOT TRUE":
      case "IS FALSE":
      case "IS NOT FALSE":
        return first === undefined ? call : truthTest(call, first);
      case "IN":
        return this.#list(call);
      case "COALESCE":
        return firstPresent(call);
      case "LIKE":
        return first !== undefined && isEveryText(call) ? always(first, true) : call;
      case "+":
      case "-":
      case "*":
      case "/":
        return withoutNeutral(call);
      default:
        if (first === undefined || second === undefined) return call;
        return this.#comparison(call, first, second);
    }
  }

  /** Negation turns x AND y to NOT x OR NOT y: connected anew, for what cancels out. */
  #negated(operand: Expression): Expression {
    const negated = negate(operand);
    if (negated.kind !== "call") return negated;
    const connective = negated.function;
    if (connective !== "AND" && connective !== "OR") return negated;
    return this.#connect(connective, negated.arguments, false);
  }

  /** Equal operands count once; in a condition, x AND NOT x is FALSE. */
  #connect(
    connective: "AND" | "OR",
    parts: readonly Expression[],
    isCondition: boolean,
  ): Expression {
    const operands = new Map<number, Expression>();
    for (const part of parts.flatMap((each) => operandsOf(connective, each))) {
      const number = this.#numbers.of(part);
      if (!operands.has(number)) operands.set(number, part);
    }
    const kept = [...operands.values()];
    const contradicts =
      connective === "AND" && kept.some((part) => operands.has(this.#numbers.of(negate(part))));
    if (contradicts && (isCondition || kept.every(({ type }) => !type.nullable))) {
      return truth(false);
    }
    const joined = connect(connective, joinComparisons(connective, kept, this.#numbers));
    const isOne = operandsOf(connective, joined).length === 1;
    return isOne && parts.length > 1 ? withTrimmedLiteral(joined, parts) : joined;
  }

  #comparison(call: Call, left: Expression, right: Expression): Expression {
    const holds = ALWAYS[call.function];
    if (holds === undefined) return call;
    if (left.type.kind === "BOOLEAN" && (call.function === "=" || call.function === "<>")) {
      const [value, literal] = left.kind === "literal" ? [right, left] : [left, right];
      const isEqual = call.function === "=";
      if (isTruth(literal, true)) return isEqual ? value : this.#negated(value);
      if (isTruth(literal, false)) return isEqual ? this.#negated(value) : value;
    }
    if (call.function.startsWith("IS ") && (isTruth(left, null) || isTruth(right, null))) {
      return nullTest(isTruth(left, null) ? right : left, holds);
    }
    if (this.#numbers.of(left) !== this.#numbers.of(right)) {
      const isPlain = call.function === "IS DISTINCT FROM" && isNeverNull(left, right);
      // Not the same where a decimal is missing that is declared NOT NULL.
      return isPlain ? { ...call, function: "<>" } : call;
    }
    if (call.function.startsWith("IS ")) return truth(holds);
    return always(left, holds);
  }

  /** Each value of a list once; a single one, and those that are no literals, are compared one after another. */
  #list(call: Call): Expression {
    const [subject, ...values] = call.arguments;
    if (subject === undefined) return call;
    const unique = [...new Map(values.map((each) => [this.#numbers.of(each), each])).values()];
    if (unique.length > 1 && unique.every(({ kind }) => kind === "literal")) {
      return { ...call, arguments: [subject, ...unique] };
    }
    const equal = unique.map((value): Expression => {
      const type = withNullable(BOOLEAN, subject.type.nullable || value.type.nullable);
      const comparison: Call = { ...call, function: "=", arguments: [subject, value], type };
      return this.#comparison(comparison, subject, value);
    });
    return this.#connect("OR", equal, false);
  }

  #case(expression: Extract<Expression, { kind: "case" }>): Expression {
    const branches: { when: Expression; then: Expression }[] = [];
    let otherwise = this.value(expression.otherwise);
    for (const branch of expression.branches) {
      const when = decidedNullTest(this.condition(branch.when));
      if (isTruth(when, false)) continue;
      const then = this.value(branch.then);
      if (isTruth(when, true)) {
        otherwise = then;
        break;
      }
      branches.push({ when, then });
    }
    const same = this.#numbers.of(otherwise);
    const isDecided = branches.every(({ then }) => this.#numbers.of(then) === same);
    if (isDecided && sameType(otherwise.type, expression.type)) return otherwise;
    return { ...expression, branches, otherwise };
  }
}

function isNeverNull(...operands: readonly Expression[]): boolean {
  return operands.every(({ type }) => !type.nullable && !isCollection(type));
}

/** What a comparison of a value with itself gives. */
const ALWAYS: Readonly<Record<string, boolean>> = {
  "=": true,
  ">=": true,
  "<=": true,
  "<>": false,
  ">": false,
  "<": false,
  "IS NOT DISTINCT FROM": true,
  "IS DISTINCT FROM": false,
};

/** Whether a CASE gives FALSE or NULL in every branch. */
function neverTrue({ branches, otherwise }: Extract<Expression, { kind: "case" }>): boolean {
  const results = [...branches.map(({ then }) => then), otherwise];
  return results.every((result) => isTruth(result, false) || isTruth(result, null));
}

/** TRUE or FALSE for every value, NULL for NULL. */
function always(value: Expression, holds: boolean): Expression {
  return holds
    ? connect("OR", [nullTest(value, false), truth(null)])
    : connect("AND", [nullTest(value, true), truth(null)]);
}

/** LIKE '%'. */
function isEveryText({ arguments: [, pattern, escape] }: Call): boolean {
  return pattern?.kind === "literal" && pattern.value === "%" && escape === undefined;
}

/** x IS TRUE and its kin, of what is never NULL or known. */
function truthTest(call: Call, operand: Expression): Expression {
  const wanted = call.function.endsWith("TRUE");
  const isNegated = call.function.startsWith("IS NOT");
  if (operand.kind === "literal") return truth((operand.value === wanted) !== isNegated);
  if (operand.type.nullable) return call;
  return wanted === isNegated ? negate(operand) : operand;
}

/** A null test as a condition: of casts and of IS JSON the type decides, which need not be computed then. */
function conditionNullTest(operand: Expression, isNull: boolean): Expression {
  const [negated] = operand.kind === "call" && operand.function === "NOT" ? operand.arguments : [];
  const tested = negated ?? operand;
  const isJsonTest = tested.kind === "call" && tested.function.startsWith("IS JSON");
  return nullTest(operand, isNull, tested.kind === "cast" || isJsonTest);
}

/** COALESCE without literal NULLs, and without what stands behind a value that is never NULL. */
function firstPresent(call: Call): Expression {
  const parts = call.arguments.filter((part) => part.kind !== "literal" || part.value !== null);
  const present = parts.findIndex(({ type }) => !type.nullable);
  const kept = present < 0 ? parts : parts.slice(0, present + 1);
  const [only] = kept;
  if (kept.length === 1 && only !== undefined && sameType(only.type, call.type)) return only;
  return kept.length === 0 ? call : { ...call, arguments: kept };
}

function withoutNeutral(call: Call): Expression {
  if (!isNumeric(call.type)) return call;
  const rest = besideNeutral(
    call,
    (each, value) => each.kind === "literal" && each.value === value,
  );
  return rest.find(({ type }) => sameType(type, call.type)) ?? call;
}
