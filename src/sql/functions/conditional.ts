// Conditional functions. IF and NULLIF become CASE; COALESCE and IFNULL share one id.

import type { Expression } from "../plan.ts";
import {
  NULL_TYPE,
  commonType,
  formatType,
  isCollection,
  isTimestamp,
  withNullable,
  type MergeRules,
} from "../types.ts";
import { comparable } from "./comparison.ts";
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

/** Flink's IF cuts the finer timestamp to the coarser one: said aloud instead. */
function refuseMixedPrecision(site: CallSite, values: readonly Expression[]): void {
  const precisions = values.map(({ type }) =>
    isTimestamp(type) ? formatType(withNullable(type, true)) : "",
  );
  if (new Set(precisions).size < 2) return;
  throw site.fail(undefined, `IF mixes ${precisions.join(" and ")}`, "CAST them to one precision.");
}

function coalesce(name: "COALESCE" | "IFNULL"): ScalarFunction {
  return {
    id: "COALESCE",
    names: [name],
    category: "conditional",
    syntax: [name === "COALESCE" ? "COALESCE(value, …)" : "IFNULL(value, otherwise)"],
    description: "The first value that is not NULL.",
    bind(site) {
      checkCount(site, name === "COALESCE" ? 1 : 2, name === "COALESCE" ? undefined : 2);
      const values = unify(site, site.arguments, "flink");
      const nullable = values.every((value) => value.type.nullable);
      return site.call("COALESCE", values, withNullable(typeOf(values, 0), nullable));
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
      if (isCollection(typeOf(values, 0))) throw site.fail(0, `${id} does not compare collections`);
      const nullable = values.some((value) => value.type.nullable);
      return site.call(id, values, withNullable(typeOf(values, 0), nullable));
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
    refuseMixedPrecision(site, values);
    const [then, otherwise] = unify(site, values, "calcite");
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
