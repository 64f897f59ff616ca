// Conditional functions. IF and NULLIF become CASE. IFNULL is COALESCE that Flink never shortens: all is evaluated.

import type { Expression } from "../plan.ts";
import { inputsOf } from "../plan-expressions.ts";
import {
  NULL_TYPE,
  commonType,
  isBinary,
  isCollection,
  isTimestamp,
  withNullable,
  type MergeRules,
} from "../types.ts";
import { comparable } from "./comparison.ts";
import { hiddenField } from "./missing.ts";
import {
  cast,
  checkCount,
  refuseNull,
  typeOf,
  type CallSite,
  type ScalarFunction,
} from "./spec.ts";

/** All values in their common type; throws SQL_INVALID when there is none. */
export function unify(
  site: Pick<CallSite, "name" | "fail">,
  values: readonly Expression[],
  rules: MergeRules,
): Expression[] {
  const type = commonType(
    values.map((value) => value.type),
    rules,
  );
  if (type === undefined) {
    const hint = "CAST the values to one type.";
    throw site.fail(undefined, `the values of ${site.name} have no common type`, hint);
  }
  return values.map((value) => cast(value, withNullable(type, value.type.nullable)));
}

/** Beside a DATE or a TIME, a TIMESTAMP is cut to one. */
function cutTimestamps(values: readonly Expression[]): readonly Expression[] {
  const part = values.find(({ type }) => type.kind === "DATE" || type.kind === "TIME")?.type;
  if (part === undefined) return values;
  return values.map((value) =>
    value.type.kind === "TIMESTAMP" ? cast(value, withNullable(part, value.type.nullable)) : value,
  );
}

/** The values of IF: times take the type of the first one, which may cut the other. */
function branches(site: CallSite, values: readonly Expression[]): readonly Expression[] {
  const [first, second] = values;
  if (first === undefined || second === undefined) throw new RangeError("two values");
  const areTimes =
    (isTimestamp(first.type) && isTimestamp(second.type)) ||
    (first.type.kind === "TIME" && second.type.kind === "TIME");
  if (!areTimes) return unify(site, values, "calcite");
  return [first, cast(second, withNullable(first.type, second.type.nullable))];
}

const DATE_ARITHMETIC = ["+", "-", "TIMESTAMPADD"];

/** Flink cannot plan a constant IF or IFNULL of a date that is computed: it has another nullability there. */
function refuseComputedDates(site: CallSite, kinds: readonly string[]): void {
  if (inputsOf(site.arguments).length > 0) return;
  const index = site.arguments.findIndex(
    ({ kind, type, ...rest }) =>
      kind === "call" &&
      kinds.includes(type.kind) &&
      "function" in rest &&
      DATE_ARITHMETIC.includes(rest.function),
  );
  if (index < 0) return;
  const message = `Flink cannot plan ${site.name} of constants with a computed date`;
  throw site.fail(index, message, "Write the date itself, or CASE WHEN … THEN … ELSE … END.");
}

/** Flink takes the field's declaration at its word, and gives -1 or '' where the row is NULL. */
function refuseHiddenFields(site: CallSite): void {
  site.arguments.forEach((argument, index) => {
    if (hiddenField(argument) === undefined) return;
    const message = `${site.name} of a NOT NULL field of a row that may be NULL`;
    throw site.unsupported(index, message, "Declare the field without NOT NULL.");
  });
}

function coalesce(name: "COALESCE" | "IFNULL"): ScalarFunction {
  return {
    id: name,
    category: "conditional",
    syntax: [name === "COALESCE" ? "COALESCE(value, …)" : "IFNULL(value, otherwise)"],
    description: "The first value that is not NULL.",
    bind(site) {
      checkCount(site, name === "COALESCE" ? 1 : 2, name === "COALESCE" ? undefined : 2);
      refuseHiddenFields(site);
      const values = unify(site, cutTimestamps(site.arguments), "flink");
      if (name === "IFNULL") refuseComputedDates(site, ["DATE", "TIME"]);
      const [first] = site.arguments;
      // Flink's IFNULL then keeps the length of the first value, which may be NULL all the same: LPAD(text, -1, 'x').
      if (name === "IFNULL" && first?.type.nullable === false && "length" in first.type) {
        if (first.kind !== "call") return first;
        const rest = values.slice(1).map((value) => cast(value, first.type));
        return site.call(name, [first, ...rest], first.type);
      }
      const nullable = values.every((value) => value.type.nullable);
      return site.call(name, values, withNullable(typeOf(values, 0), nullable));
    },
  };
}

function extreme(id: "GREATEST" | "LEAST"): ScalarFunction {
  return {
    id,
    category: "conditional",
    syntax: [`${id}(value, …)`],
    description: `The ${id.toLowerCase()} value; NULL if any is NULL.`,
    bind(site) {
      checkCount(site, 1, undefined);
      site.arguments.forEach((_, index) => refuseNull(site, index));
      const values = unify(site, site.arguments, "flink");
      const type = typeOf(values, 0);
      if (isCollection(type) || isBinary(type)) {
        throw site.fail(0, `${id} does not compare ${isBinary(type) ? "BYTES" : "collections"}`);
      }
      const nullable = values.some((value) => value.type.nullable);
      return site.call(id, values, withNullable(type, nullable));
    },
  };
}

const IF: ScalarFunction = {
  id: "CASE",
  names: ["IF"],
  category: "conditional",
  syntax: ["IF(condition, value, otherwise)"],
  description: "One of two values; `otherwise` also when the condition is NULL.",
  bind(site) {
    checkCount(site, 3, 3);
    [0, 1, 2].forEach((index) => refuseNull(site, index));
    const [when, ...values] = site.arguments;
    if (when?.type.kind !== "BOOLEAN") throw site.fail(0, "argument 1 of IF must be BOOLEAN");
    refuseComputedDates(site, ["DATE"]);
    if (values.some((value) => isCollection(value.type))) {
      throw site.fail(undefined, "IF takes no collections", "Write CASE WHEN … THEN … ELSE … END.");
    }
    const [then, otherwise] = branches(site, values);
    if (then === undefined || otherwise === undefined) throw new RangeError("two values");
    const nullable = [when, then, otherwise].some((part) => part.type.nullable);
    const type = withNullable(then.type, nullable);
    return { kind: "case", branches: [{ when, then }], otherwise, type };
  },
};

const NULLIF: ScalarFunction = {
  id: "CASE",
  names: ["NULLIF"],
  category: "conditional",
  syntax: ["NULLIF(value, other)"],
  description: "NULL if the two are equal, else the first.",
  bind(site) {
    checkCount(site, 2, 2);
    const [value, other] = site.arguments;
    if (value === undefined || other === undefined) throw new RangeError("two values");
    refuseNull(site, 0);
    const sides = comparable(site, value, other);
    const nullable = sides.some((side) => side.type.nullable);
    const when = site.call("=", sides, { kind: "BOOLEAN", nullable });
    const type = withNullable(value.type, true);
    const nothing = cast({ kind: "literal", value: null, type: NULL_TYPE }, type);
    return { kind: "case", branches: [{ when, then: nothing }], otherwise: value, type };
  },
};

export const CONDITIONAL_FUNCTIONS: readonly ScalarFunction[] = [
  coalesce("COALESCE"),
  coalesce("IFNULL"),
  extreme("GREATEST"),
  extreme("LEAST"),
  IF,
  NULLIF,
];
