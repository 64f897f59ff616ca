// Aggregate functions: argument checks and result types. NULLs are skipped by all of them but COUNT(*). A
// window that fires has rows, so an aggregate of NOT NULL values is NOT NULL, unless a FILTER leaves none.

import type { SqlType } from "../../core/types.ts";
import {
  BIGINT,
  averageType,
  isBinary,
  isCollection,
  isInterval,
  isNumeric,
  isText,
  sumType,
  withNullable,
} from "../types.ts";
import type { Expression } from "../plan.ts";
import { COLLECTING_AGGREGATES, orderGap } from "./collecting.ts";
import type { CallSite, FunctionDescription } from "./spec.ts";

/** The arguments of one aggregate call as far as typing needs them. */
export interface AggregateSite {
  readonly types: readonly SqlType[];
  readonly star: boolean;
  readonly filtered: boolean;
  readonly distinct: boolean;
  /** HOP: windows are merged anew of their panes, which Flink cannot do with a distinct sum. */
  readonly hopping: boolean;
  /** HOP, CUMULATE and SESSION: a window's result is merged of parts. */
  readonly merging: boolean;
  /** Rows that carry their SESSION: the order in which sessions that merge hand them on is not known. */
  readonly unordered: boolean;
  /** GROUP BY TUMBLE(…) and its like. */
  readonly called: boolean;
  /** Whether each argument is written as a literal. */
  readonly literals: readonly boolean[];
}

/** A call whose arguments are prepared. */
export interface AggregateCallSite extends CallSite {
  /** The arguments as they are written, equal texts for equal ones; names of columns are resolved. */
  readonly written: readonly string[];
}

export interface AggregateFunction extends FunctionDescription {
  readonly names: readonly string[];
  /** The result type, or why Flink refuses the call. */
  readonly infer: (site: AggregateSite) => SqlType | string;
  /** Why headrace refuses what Flink accepts. */
  readonly gap?: (site: AggregateSite) => string | undefined;
  /** The arguments as the plan has them, where they are not those that were written. */
  readonly prepare?: (site: AggregateCallSite) => readonly Expression[];
}

interface OneArgument {
  readonly id: string;
  readonly names?: readonly string[];
  readonly description: string;
  readonly accepts: (type: SqlType) => boolean;
  readonly wanted: string;
  readonly result: (type: SqlType) => SqlType;
}

function oneArgument(options: OneArgument): AggregateFunction {
  const { id, names = [id], description, accepts, wanted, result } = options;
  return {
    id,
    names,
    category: "aggregate",
    syntax: names.map((name) => `${name}([DISTINCT] value)`),
    description,
    infer({ types, star, filtered, distinct, hopping }) {
      const [type] = types;
      if (distinct && hopping && id === "SUM")
        return "SUM(DISTINCT …) does not work in HOP windows, but in GROUP BY HOP(…)";
      if (star || type === undefined || types.length > 1) return `${id} takes one argument`;
      if (!accepts(type)) return `${id} takes ${wanted}`;
      return withNullable(result(type), type.nullable || filtered);
    },
  };
}

/** Types whose values Flink tells apart for DISTINCT. */
export function takesDistinct(type: SqlType): boolean {
  return !isBinary(type) && (!isCollection(type) || type.kind === "ARRAY");
}

const COUNT: AggregateFunction = {
  id: "COUNT",
  names: ["COUNT"],
  category: "aggregate",
  syntax: ["COUNT(*)", "COUNT([DISTINCT] value)"],
  description: "Number of rows, or of values that are not NULL.",
  infer({ types, star }) {
    if (!star && types.length !== 1) return "COUNT takes * or one argument";
    return withNullable(BIGINT, false);
  },
};

const LISTAGG: AggregateFunction = {
  id: "LISTAGG",
  names: ["LISTAGG"],
  category: "aggregate",
  syntax: ["LISTAGG([DISTINCT] text[, separator])"],
  description: "The texts in order of arrival, separated by a comma or the given text.",
  infer({ types, literals, filtered, distinct, hopping }) {
    if (distinct && hopping) return "LISTAGG(DISTINCT …) does not work in HOP windows";
    const [type, separator] = types;
    if (type === undefined || types.length > 2 || !isText(type)) return "LISTAGG takes text";
    if (separator !== undefined && !isText(separator))
      return "the separator of LISTAGG must be text";
    if (literals[1] === false) return "the separator of LISTAGG must be a literal";
    // CHAR(n), too, though the result is longer.
    return withNullable(type, type.nullable || filtered);
  },
  gap: orderGap,
};

/** Flink's FIRST_VALUE and LAST_VALUE cannot merge. */
function unmergeable(aggregate: AggregateFunction): AggregateFunction {
  const { id } = aggregate;
  return {
    ...aggregate,
    infer: (site) => (site.merging ? `${id} works in TUMBLE windows only` : aggregate.infer(site)),
  };
}

const orderable = (type: SqlType): boolean =>
  !isCollection(type) && !isBinary(type) && !isInterval(type) && type.kind !== "NULL";
const numeric = { accepts: isNumeric, wanted: "a number" };
const ordered = { accepts: orderable, wanted: "a number, text, BOOLEAN or point in time" };
const anything = { accepts: (type: SqlType): boolean => type.kind !== "NULL", wanted: "a value" };
const same = (type: SqlType): SqlType => type;

const AGGREGATES: readonly AggregateFunction[] = [
  COUNT,
  oneArgument({
    id: "SUM",
    description: "Sum; integers wrap as in Java.",
    ...numeric,
    result: sumType,
  }),
  oneArgument({
    id: "AVG",
    description: "Mean; integers truncate.",
    ...numeric,
    result: averageType,
  }),
  oneArgument({ id: "MIN", description: "Least value.", ...ordered, result: same }),
  oneArgument({ id: "MAX", description: "Greatest value.", ...ordered, result: same }),
  oneArgument({
    id: "STDDEV_POP",
    description: "Standard deviation of the population.",
    ...numeric,
    result: averageType,
  }),
  oneArgument({
    id: "STDDEV_SAMP",
    names: ["STDDEV_SAMP", "STDDEV"],
    description: "Standard deviation of a sample; NULL for one row.",
    ...numeric,
    result: averageType,
  }),
  oneArgument({
    id: "VAR_POP",
    description: "Variance of the population.",
    ...numeric,
    result: averageType,
  }),
  oneArgument({
    id: "VAR_SAMP",
    names: ["VAR_SAMP", "VARIANCE"],
    description: "Variance of a sample; NULL for one row.",
    ...numeric,
    result: averageType,
  }),
  unmergeable(
    oneArgument({
      id: "FIRST_VALUE",
      description: "The first value to arrive; in TUMBLE windows.",
      ...anything,
      result: same,
    }),
  ),
  unmergeable(
    oneArgument({
      id: "LAST_VALUE",
      description: "The last value to arrive; in TUMBLE windows.",
      ...anything,
      result: same,
    }),
  ),
  LISTAGG,
  ...COLLECTING_AGGREGATES,
];

export const AGGREGATE_FUNCTIONS: ReadonlyMap<string, AggregateFunction> = new Map(
  AGGREGATES.flatMap((entry) => entry.names.map((name) => [name, entry] as const)),
);
