// Functions on points in time. Units are literal arguments in upper case. The functions that read the wall
// clock are refused by name (unsupported.ts): the same input must give the same rows.

import type { SqlType } from "../../core/types.ts";
import type { Expression } from "../plan.ts";
import {
  BIGINT,
  DATE,
  INTEGER,
  STRING,
  formatType,
  isDatetime,
  isInteger,
  isInterval,
  isNumeric,
  isText,
  isTimestamp,
  timestamp,
  timestampLtz,
  withNullable,
} from "../types.ts";
import { flooredType } from "./numbers.ts";
import {
  always,
  checkCount,
  defineFunction,
  refuseNull,
  typeOf,
  type CallSite,
  type ScalarFunction,
} from "./spec.ts";

const TIME_UNITS = ["HOUR", "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND", "NANOSECOND"];
/** What can be extracted from types that have not all units. */
const PARTS_OF: Readonly<Record<string, readonly string[]>> = {
  TIME: TIME_UNITS,
  INTERVAL_YEAR_MONTH: ["YEAR", "QUARTER", "MONTH"],
  INTERVAL_DAY_TIME: ["DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND"],
};
const FLOOR_UNITS = [
  "YEAR",
  "QUARTER",
  "MONTH",
  "WEEK",
  "DAY",
  "HOUR",
  "MINUTE",
  "SECOND",
  "MILLISECOND",
];
const DIFF_UNITS = ["YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND"];

/** The text of a unit argument. */
function unitOf(site: CallSite, index: number): string {
  const argument = site.arguments[index];
  if (argument?.kind !== "literal" || typeof argument.value !== "string") {
    throw site.fail(index, `argument ${index + 1} of ${site.name} must be a unit of time`);
  }
  return argument.value;
}

function refuseUnit(site: CallSite, index: number, allowed: readonly string[]): void {
  const unit = unitOf(site, index);
  if (allowed.includes(unit)) return;
  throw site.fail(
    index,
    `${site.name} does not work in units of ${unit}`,
    `Use one of ${allowed.join(", ")}.`,
  );
}

function rounding(id: "FLOOR" | "CEIL", names: readonly string[]): ScalarFunction {
  const down = id === "FLOOR";
  return {
    id,
    names,
    category: "arithmetic",
    syntax: [`${id}(number)`, `${id}(time TO unit)`],
    description: down
      ? "Rounded down to a whole number, or to the beginning of a unit of time."
      : "Rounded up to a whole number, or to the next beginning of a unit of time.",
    bind(site) {
      checkCount(site, 1, 2);
      refuseNull(site, 0);
      const type = typeOf(site.arguments, 0);
      if (site.arguments.length === 1) {
        if (!isNumeric(type)) throw site.fail(0, `${id} takes a number, or a time TO a unit`);
        return site.call(id, site.arguments, flooredType(type));
      }
      if (!isDatetime(type)) throw site.fail(0, `${id} … TO takes a DATE, TIME or TIMESTAMP`);
      refuseUnit(site, 1, FLOOR_UNITS);
      if (type.kind === "DATE" && TIME_UNITS.includes(unitOf(site, 1))) {
        throw site.fail(1, `a DATE has no ${unitOf(site, 1)}`);
      }
      return site.call(id, site.arguments, type);
    },
  };
}

const EXTRACT: ScalarFunction = {
  id: "EXTRACT",
  category: "temporal",
  syntax: ["EXTRACT(unit FROM time)", "EXTRACT(unit FROM interval)"],
  description:
    "A part of a point in time; weeks are ISO weeks, days of the week count from 1 = Sunday.",
  bind(site) {
    checkCount(site, 2, 2);
    refuseNull(site, 1);
    return extract(site, unitOf(site, 0), 1);
  },
};

/** Calendar units of a TIME, and clock units of a DATE, make no sense; Flink refuses only the former. */
function extract(site: CallSite, unit: string, index: number): Expression {
  const argument = site.arguments[index];
  const type = typeOf(site.arguments, index);
  if (argument === undefined || !(isDatetime(type) || isInterval(type))) {
    const name = formatType(withNullable(type, true));
    throw site.fail(index, `${site.name} takes a DATE, TIME, TIMESTAMP or interval, not ${name}`);
  }
  const allowed = PARTS_OF[type.kind];
  if (allowed !== undefined && !allowed.includes(unit)) {
    const name = formatType(withNullable(type, true));
    throw site.fail(index, `${name} has no ${unit}`, `Use one of ${allowed.join(", ")}.`);
  }
  const literal: Expression = {
    kind: "literal",
    value: unit,
    type: { kind: "CHAR", length: unit.length, nullable: false },
  };
  return site.call("EXTRACT", [literal, argument], withNullable(BIGINT, type.nullable));
}

/** YEAR(t) and its relatives are EXTRACT. */
const PARTS = [
  ["YEAR", "YEAR"],
  ["QUARTER", "QUARTER"],
  ["MONTH", "MONTH"],
  ["WEEK", "WEEK"],
  ["DAYOFYEAR", "DOY"],
  ["DAYOFMONTH", "DAY"],
  ["DAYOFWEEK", "DOW"],
  ["HOUR", "HOUR"],
  ["MINUTE", "MINUTE"],
  ["SECOND", "SECOND"],
].map(([name = "", unit = ""]): ScalarFunction => ({
  id: "EXTRACT",
  names: [name],
  category: "temporal",
  syntax: [`${name}(time)`],
  description: `EXTRACT(${unit} FROM time).`,
  bind(site) {
    checkCount(site, 1, 1);
    refuseNull(site, 0);
    return extract(site, unit, 0);
  },
}));

const TIMESTAMPADD: ScalarFunction = {
  id: "TIMESTAMPADD",
  category: "temporal",
  syntax: ["TIMESTAMPADD(unit, integer, time)"],
  description: "A point in time moved by a number of units.",
  bind(site) {
    checkCount(site, 3, 3);
    refuseNull(site, 1);
    refuseNull(site, 2);
    refuseUnit(site, 0, DIFF_UNITS);
    const count = typeOf(site.arguments, 1);
    const point = typeOf(site.arguments, 2);
    if (!isInteger(count)) throw site.fail(1, "argument 2 of TIMESTAMPADD must be an integer");
    if (!isTimestamp(point) && point.kind !== "DATE") {
      throw site.fail(2, "argument 3 of TIMESTAMPADD must be a DATE or TIMESTAMP");
    }
    if (point.kind === "DATE" && TIME_UNITS.includes(unitOf(site, 0))) {
      throw site.fail(0, "a DATE moves by days and longer units only", "CAST it AS TIMESTAMP(3).");
    }
    return site.call(
      "TIMESTAMPADD",
      site.arguments,
      withNullable(point, count.nullable || point.nullable),
    );
  },
};

const TIMESTAMPDIFF: ScalarFunction = {
  id: "TIMESTAMPDIFF",
  category: "temporal",
  syntax: ["TIMESTAMPDIFF(unit, from, to)"],
  description: "Whole units between two points in time.",
  bind(site) {
    checkCount(site, 3, 3);
    refuseUnit(site, 0, DIFF_UNITS);
    const types = [1, 2].map((index) => {
      refuseNull(site, index);
      const type = typeOf(site.arguments, index);
      if (isTimestamp(type) || type.kind === "DATE") return type;
      throw site.fail(index, `argument ${index + 1} of TIMESTAMPDIFF must be a DATE or TIMESTAMP`);
    });
    const local = types.filter((type) => type.kind === "TIMESTAMP_LTZ").length;
    if (local === 1) {
      throw site.fail(
        undefined,
        "TIMESTAMPDIFF does not mix TIMESTAMP and TIMESTAMP_LTZ",
        "CAST one of them.",
      );
    }
    const nullable = types.some((type) => type.nullable);
    return site.call("TIMESTAMPDIFF", site.arguments, withNullable(INTEGER, nullable));
  },
};

const TO_TIMESTAMP_LTZ: ScalarFunction = {
  id: "TO_TIMESTAMP_LTZ",
  category: "temporal",
  syntax: ["TO_TIMESTAMP_LTZ(number[, precision])", "TO_TIMESTAMP_LTZ(text[, format[, zone]])"],
  description: "Epoch seconds (precision 0) or milliseconds (3), or a text, as TIMESTAMP_LTZ(3).",
  bind(site) {
    checkCount(site, 1, 3);
    refuseNull(site, 0);
    const [, second] = site.arguments;
    if (isNumeric(typeOf(site.arguments, 0))) {
      checkCount(site, 1, 2);
      if (
        second !== undefined &&
        !(second.kind === "literal" && (second.value === 0 || second.value === 3))
      ) {
        throw site.fail(1, "the precision must be the literal 0 or 3");
      }
    } else if (!site.arguments.every((argument) => isText(argument.type))) {
      throw site.fail(undefined, "TO_TIMESTAMP_LTZ takes a number and a precision, or texts");
    }
    return site.call("TO_TIMESTAMP_LTZ", site.arguments, timestampLtz(3));
  },
};

const DATE_FORMAT: ScalarFunction = {
  id: "DATE_FORMAT",
  category: "temporal",
  syntax: ["DATE_FORMAT(timestamp, format)", "DATE_FORMAT(text, format)"],
  description: "A point in time as text, in Java's SimpleDateFormat letters.",
  bind(site) {
    checkCount(site, 2, 2);
    refuseNull(site, 0);
    const type = typeOf(site.arguments, 0);
    if (!isTimestamp(type) && !isText(type)) {
      throw site.fail(0, "argument 1 of DATE_FORMAT must be a TIMESTAMP or text");
    }
    if (!isText(typeOf(site.arguments, 1)))
      throw site.fail(1, "argument 2 of DATE_FORMAT must be text");
    return site.call("DATE_FORMAT", site.arguments, STRING);
  },
};

function optionalFormat(id: string, result: SqlType, description: string): ScalarFunction {
  return defineFunction({
    id,
    category: "temporal",
    syntax: [`${id}(text[, format])`],
    description,
    parameters: ["text", "text"],
    optional: 1,
    result: always(result),
    nullable: id === "UNIX_TIMESTAMP" ? "arguments" : "always",
  });
}

export const TEMPORAL_FUNCTIONS: readonly ScalarFunction[] = [
  rounding("FLOOR", ["FLOOR"]),
  rounding("CEIL", ["CEIL", "CEILING"]),
  EXTRACT,
  ...PARTS,
  TIMESTAMPADD,
  TIMESTAMPDIFF,
  TO_TIMESTAMP_LTZ,
  DATE_FORMAT,
  optionalFormat("TO_TIMESTAMP", timestamp(3), "A text as TIMESTAMP(3); NULL when it is none."),
  optionalFormat("TO_DATE", DATE, "A text as DATE; NULL when it is none."),
  optionalFormat("UNIX_TIMESTAMP", BIGINT, "A text as epoch seconds."),
  defineFunction({
    id: "FROM_UNIXTIME",
    category: "temporal",
    syntax: ["FROM_UNIXTIME(seconds[, format])"],
    description: "Epoch seconds as text.",
    parameters: ["bigint", "text"],
    optional: 1,
    result: always(STRING),
    nullable: "always",
  }),
  defineFunction({
    id: "CONVERT_TZ",
    category: "temporal",
    syntax: ["CONVERT_TZ(text, from zone, to zone)"],
    description: "A text of the form yyyy-MM-dd HH:mm:ss moved between time zones.",
    parameters: ["text", "text", "text"],
    result: always(STRING),
    nullable: "always",
  }),
];
