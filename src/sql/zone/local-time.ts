// Expressions in a time zone: TIMESTAMP_LTZ by way of the TIMESTAMP that a clock on the wall shows. The two become each
// other by a `cast` that names the zone; the rest is what the plan has anyhow. A function that is not known here to work
// on instants alone is refused.

import { GatewayError } from "../../core/errors.ts";
import type { SourcePosition } from "../../core/errors.ts";
import type { SqlType } from "../../core/types.ts";
import type { Expression } from "../plan.ts";
import { STRING, sameType, timestampLtz, withNullable } from "../types.ts";
import { hasInstants, hasMappedInstants, toLocal } from "./zoned-types.ts";

type Call = Extract<Expression, { kind: "call" }>;
type Cast = Extract<Expression, { kind: "cast" }>;

/** Functions in which an instant is an instant, and what only holds values. */
const ZONELESS: ReadonlySet<string> = new Set([
  "=",
  "<>",
  "<",
  "<=",
  ">",
  ">=",
  "IS DISTINCT FROM",
  "IS NOT DISTINCT FROM",
  "AND",
  "OR",
  "NOT",
  "IN",
  "IS NULL",
  "IS NOT NULL",
  "COALESCE",
  "IFNULL",
  "ELT",
  "GREATEST",
  "LEAST",
  "+",
  "-",
  "TIMESTAMPADD",
  "TIMESTAMPDIFF",
  "DIFFERENCE",
  "ARRAY",
  "ROW",
  "MAP",
  ".",
  "[]",
  "CARDINALITY",
  "ELEMENT",
  "ARRAY_APPEND",
  "ARRAY_PREPEND",
  "ARRAY_CONTAINS",
  "ARRAY_REMOVE",
  "ARRAY_POSITION",
  "ARRAY_CONCAT",
  "ARRAY_DISTINCT",
  "ARRAY_UNION",
  "ARRAY_INTERSECT",
  "ARRAY_EXCEPT",
  "ARRAY_REVERSE",
  "ARRAY_MAX",
  "ARRAY_MIN",
  "ARRAY_SORT",
  "ARRAY_SLICE",
  "MAP_KEYS",
  "MAP_VALUES",
  "MAP_ENTRIES",
  "MAP_FROM_ARRAYS",
  "MAP_UNION",
  "JSON_OBJECT",
  "JSON_ARRAY",
  "JSON_STRING",
]);

/** Units that a whole number of fits into every offset that is in use. */
const SHORT_UNITS = ["SECOND", "MILLISECOND"];
const CLOCK_UNITS = ["HOUR", "MINUTE"];

const PATTERN: Expression = {
  kind: "literal",
  value: "yyyy-MM-dd HH:mm:ss",
  type: withNullable(STRING, false),
};

export class LocalTime {
  readonly #zone: string;
  readonly #place: SourcePosition;

  /** `place` is where the query stands, for expressions that do not say. */
  constructor(zone: string, place: SourcePosition) {
    this.#zone = zone;
    this.#place = place;
  }

  /** An expression whose parts are in the zone already. */
  of(expression: Expression): Expression {
    if (expression.kind === "cast") return this.#cast(expression);
    return expression.kind === "call" ? this.#call(expression) : expression;
  }

  #cast(cast: Cast): Expression {
    const { input, type } = cast;
    const [from, to] = [hasInstants(input.type), hasInstants(type)];
    if (cast.zone !== undefined || input.type.kind === "NULL" || (!from && !to)) return cast;
    if (from && to) {
      const isAlike = input.type.kind === "TIMESTAMP_LTZ" && type.kind === "TIMESTAMP_LTZ";
      if (isAlike || sameType(input.type, type)) return cast;
      throw this.#refusal(cast, "a CAST between collections that hold TIMESTAMP_LTZ");
    }
    if (hasMappedInstants(from ? input.type : type)) {
      throw this.#refusal(cast, "a CAST of a map or multiset that holds TIMESTAMP_LTZ");
    }
    if (from) {
      const local = this.#local(input);
      return sameType(local.type, type) ? { ...local, type } : { ...cast, input: local };
    }
    const local = toLocal(type);
    const inner = sameType(input.type, local) ? input : { ...cast, type: local };
    return this.#inZone(inner, type);
  }

  #call(call: Call): Expression {
    const { function: name, arguments: args } = call;
    const [first, second] = args;
    switch (name) {
      case "FROM_UNIXTIME":
      case "UNIX_TIMESTAMP": {
        const [value, pattern = PATTERN, zone = this.#literal()] = args;
        return value === undefined ? call : { ...call, arguments: [value, pattern, zone] };
      }
      case "EXTRACT":
        if (first === undefined || !isInstant(second)) return call;
        return { ...call, arguments: [first, this.#local(second)] };
      case "DATE_FORMAT":
        if (!isInstant(first) || second === undefined) return call;
        return { ...call, arguments: [this.#local(first), second] };
      case "FLOOR":
      case "CEIL":
        return isInstant(first) && second !== undefined ? this.#round(call, first, second) : call;
      default:
        if (ZONELESS.has(name) || !args.some((each) => hasInstants(each.type))) return call;
        throw this.#refusal(call, `${name} of a TIMESTAMP_LTZ`);
    }
  }

  /** To a unit of days by the calendar of the zone, to one of hours by the offset that the instant has, as in Flink. */
  #round(call: Call, value: Expression, unit: Expression): Expression {
    const name = unit.kind === "literal" && typeof unit.value === "string" ? unit.value : "";
    if (SHORT_UNITS.includes(name)) return call;
    const rounded = (local: Expression): Expression => ({
      ...call,
      arguments: [local, unit],
      type: local.type,
    });
    if (!CLOCK_UNITS.includes(name)) return this.#inZone(rounded(this.#local(value)), call.type);
    const { nullable } = value.type;
    const millis = withNullable(timestampLtz(3), nullable);
    const instant: Expression = { kind: "cast", input: value, try: false, type: millis };
    const local = this.#local(instant);
    const distance: Expression = {
      kind: "call",
      function: "DIFFERENCE",
      arguments: [text("SECOND"), rounded(local), local],
      type: { kind: "INTERVAL_DAY_TIME", nullable },
    };
    const sum: Expression = {
      kind: "call",
      function: "+",
      arguments: [instant, distance],
      type: millis,
    };
    return { kind: "cast", input: sum, try: false, type: call.type };
  }

  #local(input: Expression): Cast {
    return this.#inZone(input, toLocal(input.type));
  }

  #inZone(input: Expression, type: SqlType): Cast {
    return { kind: "cast", input, try: false, type, zone: this.#zone };
  }

  #literal(): Expression {
    return text(this.#zone);
  }

  #refusal(expression: Call | Cast, what: string): GatewayError {
    return new GatewayError(`${what} is not supported in the time zone ${this.#zone}`, {
      code: "SQL_UNSUPPORTED",
      blame: "config",
      position: expression.position ?? this.#place,
      hint: "CAST it AS TIMESTAMP(3) before, or leave the time zone at UTC.",
    });
  }
}

function isInstant(expression: Expression | undefined): expression is Expression {
  return expression?.type.kind === "TIMESTAMP_LTZ";
}

function text(value: string): Expression {
  return { kind: "literal", value, type: { kind: "CHAR", length: value.length, nullable: false } };
}
