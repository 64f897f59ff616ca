// Aggregates that collect values: COLLECT, ARRAY_AGG, the JSON aggregates and PERCENTILE. What they take besides one
// value travels as a literal behind it; a second value goes into a ROW with the first.

import type { SqlType, SqlValue } from "../../core/types.ts";
import { hashCodeOf } from "../../core/value/java-hash.ts";
import { holdsNull } from "../collection-types.ts";
import { ExpressionNumbers } from "../plan-expressions.ts";
import type { Expression } from "../plan.ts";
import { DOUBLE, isBinary, isInteger, isNumeric, isText, varchar, withNullable } from "../types.ts";
import type { AggregateCallSite, AggregateFunction, AggregateSite } from "./aggregates.ts";
import { asJson } from "./json.ts";
import { stored } from "./missing.ts";
import type { CallSite } from "./spec.ts";

/** The only argument, or why the call is refused. */
function onlyType(id: string, { types, star }: AggregateSite): SqlType | string {
  const [type] = types;
  return star || type === undefined || types.length > 1 ? `${id} takes one argument` : type;
}

/** Why an aggregate whose result shows the order of arrival does not work here. */
export function orderGap({ unordered }: AggregateSite): string | undefined {
  if (!unordered) return undefined;
  return "the order of what sessions hand on that have merged is not known: name their columns above the grouping only";
}

const COLLECT: AggregateFunction = {
  id: "COLLECT",
  names: ["COLLECT"],
  category: "aggregate",
  syntax: ["COLLECT([DISTINCT] value)"],
  description: "The values that are not NULL as a MULTISET: how often each came.",
  infer(site) {
    const element = onlyType("COLLECT", site);
    return typeof element === "string" ? element : { kind: "MULTISET", element, nullable: false };
  },
  gap({ types }) {
    const bytes = types.some(isBinary);
    return bytes
      ? "COLLECT of BYTES is not supported: Flink never finds two of them equal"
      : undefined;
  },
};

const ARRAY_AGG: AggregateFunction = {
  id: "ARRAY_AGG",
  names: ["ARRAY_AGG"],
  category: "aggregate",
  syntax: ["ARRAY_AGG([DISTINCT] value [IGNORE NULLS])"],
  description: "The values in order of arrival, NULLs too unless they are ignored.",
  infer(site) {
    const element = onlyType("ARRAY_AGG", site);
    if (typeof element === "string") return element;
    // Flink declares it NOT NULL of NOT NULL values, and gives NULL where a FILTER leaves none.
    return { kind: "ARRAY", element, nullable: holdsNull(element) || site.filtered };
  },
  gap(site) {
    const { distinct, merging } = site;
    const [type] = site.types;
    const order = orderGap(site);
    if (order !== undefined) return order;
    if (!distinct || !merging || type === undefined || hashCodeOf(type) !== undefined)
      return undefined;
    return "ARRAY_AGG(DISTINCT …) of this type works in TUMBLE windows only: the order in which Flink merges the values is not known";
  },
};

/** Flink's JSON aggregates have a syntax of their own, without DISTINCT and FILTER. */
function jsonRefusal(id: string, { filtered }: AggregateSite): string | undefined {
  return filtered ? `FILTER does not go with ${id}` : undefined;
}

/** In the old form of a window Flink takes text only, and for JSON. */
function jsonGap({ called }: AggregateSite): string | undefined {
  const why = "Flink does not quote texts in GROUP BY TUMBLE(…): group a windowing table function";
  return called ? why : undefined;
}

const JSON_RESULT: SqlType = withNullable(varchar(2000), false);

/**
 * Whether Flink computes key and value once, and so writes the key as JSON, too. It compares what is written, before
 * views and casts that change nothing are seen through.
 */
function isOneArgument(site: AggregateCallSite): boolean {
  const [key, value] = site.written;
  if (key === value) return true;
  const numbers = new ExpressionNumbers();
  const [first, second] = site.arguments;
  if (first === undefined || second === undefined || first.kind === "input") return false;
  if (numbers.of(first) !== numbers.of(second)) return false;
  const message = "whether Flink takes this key and this value for one is not known";
  throw site.unsupported(1, message, "Write both in the same way.");
}

const JSON_OBJECTAGG: AggregateFunction = {
  id: "JSON_OBJECTAGG",
  names: ["JSON_OBJECTAGG"],
  category: "aggregate",
  syntax: ["JSON_OBJECTAGG([KEY] key VALUE value [NULL | ABSENT ON NULL])"],
  description:
    "A JSON object of the group's keys and values; a key that comes twice fails the group.",
  infer(site) {
    const [key] = site.types;
    if (key !== undefined && !isText(key)) return "the key of JSON_OBJECTAGG must be text";
    return jsonRefusal("JSON_OBJECTAGG", site) ?? JSON_RESULT;
  },
  gap: jsonGap,
  prepare(site) {
    const [key, , onNull] = site.arguments;
    if (key === undefined || onNull === undefined) throw new RangeError("the parser gives three");
    const name = isOneArgument(site) ? asJson(site, 0) : key;
    return [pair(site, name, asJson(site, 1)), onNull];
  },
};

const JSON_ARRAYAGG: AggregateFunction = {
  id: "JSON_ARRAYAGG",
  names: ["JSON_ARRAYAGG"],
  category: "aggregate",
  syntax: ["JSON_ARRAYAGG(value [NULL | ABSENT ON NULL])"],
  description: "A JSON array of the group's values in order of arrival; in TUMBLE windows.",
  infer(site) {
    if (site.merging) return "JSON_ARRAYAGG works in TUMBLE windows only";
    return jsonRefusal("JSON_ARRAYAGG", site) ?? JSON_RESULT;
  },
  gap: jsonGap,
  prepare(site) {
    const [, onNull] = site.arguments;
    if (onNull === undefined) throw new RangeError("the parser gives two");
    return [asJson(site, 0), onNull];
  },
};

/** Two arguments in one; they are written into a row, which what becomes JSON first is not. */
function pair(site: CallSite, ...parts: readonly [Expression, Expression]): Expression {
  const fields = parts.map(({ type }, index) => ({ name: `f${index}`, type }));
  return site.call("ROW", parts.map(stored), { kind: "ROW", fields, nullable: false });
}

const PERCENTILE: AggregateFunction = {
  id: "PERCENTILE",
  names: ["PERCENTILE"],
  category: "aggregate",
  syntax: [
    "PERCENTILE(value, share[, frequency])",
    "PERCENTILE(value, ARRAY[share, …][, frequency])",
  ],
  description: "The value below which a share of 0 to 1 of all values lies, interpolated.",
  infer({ types, star }) {
    const [value, share, frequency] = types;
    if (star || value === undefined || share === undefined || types.length > 3) {
      return "PERCENTILE takes a value, a share of 0 to 1, and a frequency if you like";
    }
    if (!isNumeric(value)) return "PERCENTILE takes numbers";
    if (frequency !== undefined && !isInteger(frequency)) {
      return "the frequency of PERCENTILE must be an integer";
    }
    if (share.kind === "ARRAY") return { kind: "ARRAY", element: DOUBLE, nullable: true };
    return isNumeric(share)
      ? DOUBLE
      : "the share of PERCENTILE must be a number or an array of them";
  },
  prepare(site) {
    const [value, share, frequency] = site.arguments;
    if (value === undefined || share === undefined) throw new RangeError("checked by infer");
    const literal = shares(site, share);
    return [frequency === undefined ? value : pair(site, value, frequency), literal];
  },
};

/** The share or shares as one literal: an array of doubles. */
function shares(site: CallSite, share: Expression): Expression {
  const items = share.kind === "call" && share.function === "ARRAY" ? share.arguments : [share];
  const value = items.map((item): SqlValue => {
    const number = numberOf(item);
    if (number === undefined) {
      throw site.unsupported(1, "the share of PERCENTILE must be a literal");
    }
    if (number >= 0 && number <= 1) return number;
    throw site.fail(1, `the share of PERCENTILE lies between 0 and 1, not at ${number}`);
  });
  return { kind: "literal", value, type: { kind: "ARRAY", element: DOUBLE, nullable: false } };
}

function numberOf(item: Expression): number | undefined {
  if (item.kind === "cast") return numberOf(item.input);
  if (item.kind !== "literal" || item.value === null) return undefined;
  const { value, type } = item;
  return type.kind === "DECIMAL" ? Number(`${value as bigint}e-${type.scale}`) : Number(value);
}

export const COLLECTING_AGGREGATES: readonly AggregateFunction[] = [
  COLLECT,
  ARRAY_AGG,
  JSON_OBJECTAGG,
  JSON_ARRAYAGG,
  PERCENTILE,
];
