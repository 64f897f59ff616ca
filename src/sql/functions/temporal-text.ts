// Points in time from texts and numbers, and as texts. Literal date patterns are read while planning, and what cannot
// be run as Java does it is refused.

import type { SqlType } from "../../core/types.ts";
import {
  readTimePattern,
  readingProblem,
  type PatternDialect,
} from "../../core/value/time-pattern.ts";
import { zoneIdOf } from "../../core/value/zone-id.ts";
import type { Expression } from "../plan.ts";
import {
  BIGINT,
  DATE,
  STRING,
  isInteger,
  isNumeric,
  isText,
  isTimestamp,
  timestamp,
  timestampLtz,
  withNullable,
} from "../types.ts";
import { composedText } from "./composed-text.ts";
import {
  always,
  cast,
  checkCount,
  checkedFunction,
  defineFunction,
  refuseNull,
  typeOf,
  type CallSite,
  type ScalarFunction,
} from "./spec.ts";

/** Refuses a literal date pattern that cannot be run; `reads`: it reads texts, too. */
function checkPattern(
  site: CallSite,
  index: number,
  use: {
    readonly dialect: PatternDialect;
    readonly reads: boolean;
    /** Flink's function is NULL for a pattern that Java refuses. */
    readonly givesNull?: boolean;
  },
): void {
  const argument = site.arguments[index];
  if (argument?.kind !== "literal" || typeof argument.value !== "string") return;
  const read = readTimePattern(argument.value, use.dialect);
  if (!read.ok && read.kind === "invalid" && use.givesNull === true) return;
  const problem = read.ok
    ? use.reads
      ? readingProblem(read.tokens, use.dialect)
      : undefined
    : read.problem;
  if (problem !== undefined) throw site.unsupported(index, problem);
}

const TO_TIMESTAMP_LTZ: ScalarFunction = {
  id: "TO_TIMESTAMP_LTZ",
  category: "temporal",
  syntax: ["TO_TIMESTAMP_LTZ(number[, precision])", "TO_TIMESTAMP_LTZ(text[, pattern[, zone]])"],
  description:
    "A number of units of 10^-precision seconds since 1970 (3: milliseconds), or a text, as TIMESTAMP_LTZ.",
  bind(site) {
    checkCount(site, 1, 3);
    const type = typeOf(site.arguments, 0);
    if (isNumeric(type)) return numberToLtz(site);
    if (site.arguments.slice(1).some((argument) => !isText(argument.type))) {
      throw site.fail(undefined, "TO_TIMESTAMP_LTZ takes a number and a precision, or texts");
    }
    if (type.kind !== "NULL" && !isText(type)) {
      throw site.fail(0, "argument 1 of TO_TIMESTAMP_LTZ must be a number or text");
    }
    refuseInvalid(site);
    const [text, ...rest] = site.arguments.map(composedText);
    if (text === undefined) throw new RangeError("a text");
    checkPattern({ ...site, arguments: [text, ...rest] }, 1, {
      dialect: "formatter",
      reads: true,
      givesNull: true,
    });
    const args = [type.kind === "NULL" ? cast(text, STRING) : text, ...rest];
    return site.call("TO_TIMESTAMP_LTZ", args, timestampLtz(digitsOf(rest[0])));
  },
};

/** What stands in the statement as a literal, Flink reads while planning; the same from a column gives NULL. */
function refuseInvalid(site: CallSite): void {
  const [, pattern, zone] = site.arguments;
  if (pattern?.kind === "literal" && typeof pattern.value === "string") {
    const read = readTimePattern(pattern.value, "formatter");
    if (!read.ok && read.kind === "invalid") throw site.fail(1, read.problem);
  }
  if (zone?.kind !== "literal" || typeof zone.value !== "string") return;
  if (zoneIdOf(zone.value) !== undefined) return;
  const hint = "Write a region such as Europe/Berlin, or an offset such as +02:00.";
  throw site.fail(2, `there is no time zone ${zone.value}`, hint);
}

function numberToLtz(site: CallSite): Expression {
  checkCount(site, 1, 2);
  const second = site.arguments[1];
  if (second?.kind === "literal" && second.value === null && second.type.kind !== "NULL") {
    return { kind: "literal", value: null, type: timestampLtz(3) };
  }
  const digits = second === undefined ? 3 : second.kind === "literal" ? second.value : undefined;
  if (typeof digits !== "number" || !Number.isInteger(digits) || digits < 0 || digits > 9) {
    throw site.fail(1, "the precision must be a literal from 0 to 9");
  }
  return site.call("TO_TIMESTAMP_LTZ", site.arguments, timestampLtz(Math.max(3, digits)));
}

/** As many fraction digits as the pattern reads, three at the least. */
function digitsOf(pattern: Expression | undefined): number {
  const text =
    pattern?.kind === "literal" && typeof pattern.value === "string" ? pattern.value : "";
  const read = readTimePattern(text, "formatter");
  const widths = read.ok
    ? read.tokens.map(({ letter, width }) => (letter === "S" ? width : 0))
    : [];
  return Math.max(3, ...widths);
}

const DATE_FORMAT: ScalarFunction = {
  id: "DATE_FORMAT",
  category: "temporal",
  syntax: ["DATE_FORMAT(timestamp, pattern)", "DATE_FORMAT(text, pattern)"],
  description: "A point in time as text, by a pattern such as yyyy-MM-dd HH:mm:ss.SSS.",
  bind(site) {
    checkCount(site, 2, 2);
    refuseNull(site, 0);
    const type = typeOf(site.arguments, 0);
    if (!isTimestamp(type) && !isText(type)) {
      throw site.fail(0, "argument 1 of DATE_FORMAT must be a TIMESTAMP or text");
    }
    if (!isText(typeOf(site.arguments, 1))) {
      throw site.fail(1, "argument 2 of DATE_FORMAT must be text");
    }
    checkPattern(site, 1, { dialect: isText(type) ? "simple" : "formatter", reads: false });
    return site.call("DATE_FORMAT", site.arguments, STRING);
  },
};

interface TextConversion {
  readonly id: string;
  readonly result: SqlType;
  readonly dialect: PatternDialect;
  readonly description: string;
  readonly nullable: "arguments" | "always";
}

function textConversion(options: TextConversion): ScalarFunction {
  const { id, result, dialect, description, nullable } = options;
  return checkedFunction(
    {
      id,
      category: "temporal",
      syntax: [`${id}(text[, pattern])`],
      description,
      parameters: ["text", "text"],
      optional: 1,
      result: always(result),
      nullable,
    },
    (site) => checkPattern(site, 1, { dialect, reads: true, givesNull: dialect === "formatter" }),
  );
}

const FROM_UNIXTIME: ScalarFunction = {
  id: "FROM_UNIXTIME",
  category: "temporal",
  syntax: ["FROM_UNIXTIME(seconds[, pattern])"],
  description: "Epoch seconds as text.",
  bind(site) {
    checkCount(site, 1, 2);
    refuseNull(site, 0);
    const [seconds, ...rest] = site.arguments;
    if (seconds === undefined || !isInteger(seconds.type)) {
      throw site.fail(0, "argument 1 of FROM_UNIXTIME must be an integer");
    }
    if (rest[0] !== undefined && !isText(rest[0].type)) {
      throw site.fail(1, "argument 2 of FROM_UNIXTIME must be text");
    }
    checkPattern(site, 1, { dialect: "simple", reads: false });
    const long = cast(seconds, withNullable(BIGINT, seconds.type.nullable));
    return site.call("FROM_UNIXTIME", [long, ...rest], STRING);
  },
};

export const TEMPORAL_TEXT: readonly ScalarFunction[] = [
  TO_TIMESTAMP_LTZ,
  DATE_FORMAT,
  textConversion({
    id: "TO_TIMESTAMP",
    result: timestamp(3),
    dialect: "formatter",
    description: "A text as TIMESTAMP(3); NULL when it is none.",
    nullable: "always",
  }),
  textConversion({
    id: "TO_DATE",
    result: DATE,
    dialect: "simple",
    description: "A text as DATE; NULL when it is none.",
    nullable: "always",
  }),
  textConversion({
    id: "UNIX_TIMESTAMP",
    result: BIGINT,
    dialect: "simple",
    description: "A text as epoch seconds; -9223372036854775808 when it is none.",
    nullable: "arguments",
  }),
  FROM_UNIXTIME,
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
