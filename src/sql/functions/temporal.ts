// Parts of points in time, and rounding to units. Units are literal arguments in upper case. The functions that read
// the wall clock are refused by name (unsupported.ts): the same input must give the same rows.

import type { Expression } from "../plan.ts";
import { BIGINT, formatType, isDatetime, isInterval, isNumeric, withNullable } from "../types.ts";
import { flooredType } from "./numbers.ts";
import { checkCount, refuseNull, typeOf, type CallSite, type ScalarFunction } from "./spec.ts";

const CLOCK_UNITS = ["HOUR", "MINUTE", "SECOND", "MILLISECOND"];
const CALENDAR_UNITS = ["YEAR", "QUARTER", "MONTH", "WEEK", "DAY"];
const LONG_UNITS = ["DECADE", "CENTURY", "MILLENNIUM"];
const DATE_UNITS = [...CALENDAR_UNITS, "DOY", "DOW", "ISODOW", "ISOYEAR", ...LONG_UNITS, "EPOCH"];
/** What can be extracted from types that have not all units. Of a DATE, Flink gives arbitrary seconds. */
const PARTS_OF: Readonly<Record<string, readonly string[]>> = {
  DATE: [...DATE_UNITS, "HOUR", "MINUTE"],
  TIME: CLOCK_UNITS,
  INTERVAL_YEAR_MONTH: ["YEAR", "QUARTER", "MONTH", "CENTURY", "MILLENNIUM"],
  INTERVAL_DAY_TIME: ["DAY", ...CLOCK_UNITS],
};
/** CEIL of a TIME to days or more gives arbitrary points in time in Flink. */
const ALL_ROUNDED: readonly string[] = [...CALENDAR_UNITS, ...CLOCK_UNITS, ...LONG_UNITS];

/** The text of a unit argument. */
export function unitOf(site: CallSite, index: number): string {
  const argument = site.arguments[index];
  if (argument?.kind !== "literal" || typeof argument.value !== "string") {
    throw site.fail(index, `argument ${index + 1} of ${site.name} must be a unit of time`);
  }
  return argument.value;
}

/** Throws SQL_UNSUPPORTED for a unit that is none of those allowed. */
export function refuseUnit(site: CallSite, index: number, allowed: readonly string[]): void {
  const unit = unitOf(site, index);
  if (allowed.includes(unit)) return;
  throw site.unsupported(
    index,
    `${site.name} does not work in units of ${unit} here`,
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
      refuseUnit(site, 1, type.kind === "TIME" ? CLOCK_UNITS : ALL_ROUNDED);
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

/** Calendar units of a TIME, and clock units of a DATE, make no sense. */
function extract(site: CallSite, unit: string, index: number): Expression {
  const argument = site.arguments[index];
  const type = typeOf(site.arguments, index);
  if (argument === undefined || !(isDatetime(type) || isInterval(type))) {
    const name = formatType(withNullable(type, true));
    throw site.fail(index, `${site.name} takes a DATE, TIME, TIMESTAMP or interval, not ${name}`);
  }
  if (type.kind === "DATE" && (unit === "SECOND" || unit === "MILLISECOND")) {
    const message = `${unit} of a DATE is not supported: Flink gives arbitrary numbers`;
    throw site.unsupported(index, message, "CAST it AS TIMESTAMP(3).");
  }
  const allowed = PARTS_OF[type.kind];
  if (allowed !== undefined && !allowed.includes(unit)) {
    const name = formatType(withNullable(type, true));
    throw site.unsupported(index, `${name} has no ${unit}`, `Use one of ${allowed.join(", ")}.`);
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

export const TEMPORAL_FUNCTIONS: readonly ScalarFunction[] = [
  rounding("FLOOR", ["FLOOR"]),
  rounding("CEIL", ["CEIL", "CEILING"]),
  EXTRACT,
  ...PARTS,
];
