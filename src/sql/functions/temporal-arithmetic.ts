// Moving points in time by units, and what lies between two of them.

import type { SqlType } from "../../core/types.ts";
import type { Expression } from "../plan.ts";
import {
  BIGINT,
  BOOLEAN,
  INTEGER,
  isDatetime,
  isInteger,
  isInterval,
  timestamp,
  withNullable,
} from "../types.ts";
import { comparable } from "./comparison.ts";
import { checkCount, refuseNull, typeOf, type CallSite, type ScalarFunction } from "./spec.ts";
import { refuseUnit, unitOf } from "./temporal.ts";

/** Units of both functions; TIMESTAMPDIFF in decades and above counts years in Flink. */
const DAY_UNITS = ["YEAR", "QUARTER", "MONTH", "WEEK", "DAY"];
const LONG_UNITS = ["DECADE", "CENTURY", "MILLENNIUM"];
const SECOND_UNITS = ["HOUR", "MINUTE", "SECOND"];
const FRACTIONS = ["MILLISECOND", "MICROSECOND", "NANOSECOND"];

/** Units that a point moves by: milliseconds where its type has them. Days leave a TIME as it is. */
function movingUnits(type: SqlType): readonly string[] {
  const isFine = type.kind === "TIME" ? type.precision === 3 : type.kind !== "DATE";
  return [...DAY_UNITS, ...LONG_UNITS, ...SECOND_UNITS, ...(isFine ? ["MILLISECOND"] : [])];
}

const TIMESTAMPADD: ScalarFunction = {
  id: "TIMESTAMPADD",
  category: "temporal",
  syntax: ["TIMESTAMPADD(unit, integer, time)"],
  description:
    "A point in time moved by a number of units; a DATE moved by less than days is a TIMESTAMP(6).",
  bind(site) {
    checkCount(site, 3, 3);
    refuseNull(site, 1);
    refuseNull(site, 2);
    const count = typeOf(site.arguments, 1);
    const point = typeOf(site.arguments, 2);
    if (!isInteger(count)) throw site.fail(1, "argument 2 of TIMESTAMPADD must be an integer");
    if (!isDatetime(point)) {
      throw site.fail(2, "argument 3 of TIMESTAMPADD must be a DATE, TIME or TIMESTAMP");
    }
    refuseUnit(site, 0, movingUnits(point));
    const isWithinDay = point.kind === "DATE" && SECOND_UNITS.includes(unitOf(site, 0));
    const type = isWithinDay ? timestamp(6) : point;
    return site.call(
      "TIMESTAMPADD",
      site.arguments,
      withNullable(type, count.nullable || point.nullable),
    );
  },
};

const TIMESTAMPDIFF: ScalarFunction = {
  id: "TIMESTAMPDIFF",
  category: "temporal",
  syntax: ["TIMESTAMPDIFF(unit, from, to)"],
  description:
    "Whole units between two points in time, in 32 bits (NANOSECOND: 64). Units below the second count whole seconds, as in Flink.",
  bind(site) {
    checkCount(site, 3, 3);
    refuseUnit(site, 0, [...DAY_UNITS, ...SECOND_UNITS, ...FRACTIONS]);
    const types = [1, 2].map((index) => {
      refuseNull(site, index);
      const type = typeOf(site.arguments, index);
      if (isDatetime(type)) return type;
      throw site.fail(index, `argument ${index + 1} of TIMESTAMPDIFF must be a DATE or TIMESTAMP`);
    });
    refuseMixture(site, types);
    const nullable = types.some((type) => type.nullable);
    const result = unitOf(site, 0) === "NANOSECOND" ? BIGINT : INTEGER;
    return site.call("TIMESTAMPDIFF", site.arguments, withNullable(result, nullable));
  },
};

/** A TIME counts as one of 1970-01-01, but between a DATE and a TIME Flink gives arbitrary numbers. */
function refuseMixture(site: CallSite, types: readonly SqlType[]): void {
  const kinds = types.map(({ kind }) => kind);
  const inMonths = ["YEAR", "QUARTER", "MONTH"].includes(unitOf(site, 0));
  if (kinds.every((kind) => kind === "TIME")) {
    refuseUnit(site, 0, ["WEEK", "DAY", ...SECOND_UNITS, ...FRACTIONS]);
  }
  for (const kind of ["TIMESTAMP_LTZ", "TIME"] as const) {
    const isPair = kind === "TIME" && inMonths && kinds.includes("TIMESTAMP");
    if (isPair || kinds.filter((each) => each === kind).length !== 1) continue;
    const message = `${site.name} does not mix ${kind} with other types`;
    throw site.fail(undefined, message, "CAST one of them.");
  }
}

/** (a - b) DAY TO SECOND, (a - b) MONTH: the unit is the first argument. */
const DIFFERENCE: ScalarFunction = {
  id: "DIFFERENCE",
  names: [],
  category: "temporal",
  syntax: ["(time - time) unit"],
  description: "The interval between two points in time: in milliseconds, or in whole months.",
  bind(site) {
    checkCount(site, 3, 3);
    const types = [1, 2].map((index) => {
      refuseNull(site, index);
      const type = typeOf(site.arguments, index);
      if (isDatetime(type)) return type;
      throw site.fail(index, "an interval lies between two points in time");
    });
    const [left, right] = types;
    const isAlike = left?.kind === right?.kind;
    if (!isAlike)
      throw site.fail(undefined, "the points in time must be of one type", "CAST one of them.");
    const kind = ["YEAR", "QUARTER", "MONTH"].includes(unitOf(site, 0))
      ? "INTERVAL_YEAR_MONTH"
      : "INTERVAL_DAY_TIME";
    const nullable = types.some((type) => type.nullable);
    return site.call("DIFFERENCE", site.arguments, { kind, nullable });
  },
};

/** (start, end) OVERLAPS (start, end), rewritten: the ends are put in order first, as Calcite does. */
const OVERLAPS: ScalarFunction = {
  id: "OVERLAPS",
  names: [],
  category: "temporal",
  syntax: ["(start, end | interval) OVERLAPS (start, end | interval)"],
  description: "Whether two periods have a point in common, their ends included.",
  bind(site) {
    checkCount(site, 4, 4);
    const left = periodOf(site, 0);
    const right = periodOf(site, 2);
    if (left.start.type.kind !== right.start.type.kind) {
      throw site.fail(undefined, "the periods must be of one type", "CAST one of them.");
    }
    const reaches = (end: Expression, start: Expression): Expression => {
      const sides = comparable(site, end, start);
      const nullable = sides.some((side) => side.type.nullable);
      return site.call(">=", sides, withNullable(BOOLEAN, nullable));
    };
    const both = [reaches(left.end, right.start), reaches(right.end, left.start)];
    const nullable = both.some((side) => side.type.nullable);
    return site.call("AND", both, withNullable(BOOLEAN, nullable));
  },
};

interface Period {
  readonly start: Expression;
  readonly end: Expression;
}

function periodOf(site: CallSite, index: number): Period {
  refuseNull(site, index);
  refuseNull(site, index + 1);
  const [first, second] = site.arguments.slice(index, index + 2);
  if (first === undefined || second === undefined) throw new RangeError("two ends");
  if (!isDatetime(first.type)) throw site.fail(index, "a period begins with a point in time");
  const last = isInterval(second.type) ? movedBy(site, first, second) : second;
  if (last.type.kind !== first.type.kind) {
    const message = "a period ends with a point in time of the same type, or an interval";
    throw site.fail(index + 1, message);
  }
  const [start, end] = comparable(site, first, last);
  const nullable = start.type.nullable || end.type.nullable;
  const when = site.call("<=", [start, end], withNullable(BOOLEAN, nullable));
  const type = withNullable(start.type, nullable);
  return {
    start: { kind: "case", branches: [{ when, then: start }], otherwise: end, type },
    end: { kind: "case", branches: [{ when, then: end }], otherwise: start, type },
  };
}

function movedBy(site: CallSite, point: Expression, interval: Expression): Expression {
  if (point.type.kind === "TIME" && interval.type.kind === "INTERVAL_YEAR_MONTH") {
    throw site.fail(undefined, "a TIME does not move by months");
  }
  const nullable = point.type.nullable || interval.type.nullable;
  return site.call("+", [point, interval], withNullable(point.type, nullable));
}

export const TEMPORAL_ARITHMETIC: readonly ScalarFunction[] = [
  TIMESTAMPADD,
  TIMESTAMPDIFF,
  DIFFERENCE,
  OVERLAPS,
];
