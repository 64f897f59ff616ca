// The contract between the binder and operators/ about calls: ids, argument order, argument types.
// The registry of the scalar functions is assembled below from one file per category.
//
// General rules
// - `call.function` is an id of this list; `call.type` is the result type, exactly Flink's.
// - Implicit casts are explicit `cast` nodes, so arguments have the kinds stated here. NULL propagates
//   (any NULL argument: NULL result) unless the line says otherwise.
// - CHAR(n) and VARCHAR are both plain strings and never padded; they mix freely without a cast.
//   "text" below = CHAR or VARCHAR, "int" = INTEGER, "exact int" = TINYINT … BIGINT.
// - Modes and units are literal arguments of type CHAR: 'YEAR', 'BOTH' …, always upper case.
// - BETWEEN, simple CASE, NULLIF, IF, DECODE-like forms are rewritten; NOT IN is NOT(IN).
//
// Logic (three-valued): AND(a, b, …) OR(a, b, …) NOT(a); never NULL: IS TRUE(a) IS NOT TRUE(a) IS FALSE(a)
//   IS NOT FALSE(a) IS NULL(x) IS NOT NULL(x)   (IS [NOT] UNKNOWN is IS [NOT] NULL)
// Comparison: = <> < <= > >= (a, b): both of one kind; the exceptions: text mixes CHAR and VARCHAR;
//   DECIMALs may differ in precision and scale (align the scales, never round); TIMESTAMPs may not differ.
//   Also BOOLEAN (FALSE < TRUE), BINARY (unsigned bytes), DATE, TIME, intervals.
//   IS DISTINCT FROM(a, b) IS NOT DISTINCT FROM(a, b): as comparison, never NULL.
//   IN(x, v1, v2, …): as x = v1 OR x = v2 …, same kinds as for "=".
// Arithmetic: + - * / % (a, b)
//   both of the same kind as the result for TINYINT … DOUBLE (wraps in that kind as Java does; / of exact
//   ints truncates, / 0 is a data error; FLOAT rounds with Math.fround);
//   DECIMAL: arguments DECIMAL(p1,s1), DECIMAL(p2,s2), the exact result rounded HALF_UP to call.type,
//   NULL when it does not fit; / 0 and % 0 are data errors.
//   % may have two DECIMALs and an exact int result, too (MOD(DECIMAL, INT) is INT).
//   +, -: (TIMESTAMP | TIMESTAMP_LTZ | DATE | TIME, interval), always in this order, type of the first;
//   (interval, interval) of one kind. * : (interval, exact int | DECIMAL | DOUBLE), interval first.
//   / : (interval, numeric), too.
//   NEGATE(a): numeric or interval. ABS(a).
// Text: ||(a, b) CONCAT(a, …) CONCAT_WS(separator, a, …: NULLs skipped, NULL separator: NULL)
//   UPPER(s) LOWER(s) INITCAP(s) REVERSE(s) CHAR_LENGTH(s) ASCII(s) CHR(exact int)
//   SUBSTRING(s, from int[, length int]) LEFT(s, n) RIGHT(s, n) REPEAT(s, n) LPAD(s, n, pad) RPAD(s, n, pad)
//   TRIM('BOTH' | 'LEADING' | 'TRAILING', characters, s) LTRIM(s[, characters]) RTRIM(s[, characters])
//   BTRIM(s[, characters]) REPLACE(s, search, by) TRANSLATE(s, from, to) OVERLAY(s, by, from int[, length int])
//   POSITION(needle, s[, from int]) INSTR(s, needle[, start int[, occurrence int]]) LOCATE(needle, s[, from int])
//   SPLIT_INDEX(s, delimiter, index int) STARTSWITH(s, prefix) ENDSWITH(s, suffix)
//   LIKE(s, pattern[, escape]) SIMILAR(s, pattern[, escape])      (NOT LIKE is NOT(LIKE))
//   REGEXP(s, re) REGEXP_REPLACE(s, re, by) REGEXP_EXTRACT(s, re[, group int])
//   IS_ALPHA(s) IS_DECIMAL(s) IS_DIGIT(s) (never NULL: FALSE)
//   TO_BASE64(s) FROM_BASE64(s) HEX(exact int | text) BIN(exact int) ENCODE(s, charset) DECODE(bytes, charset)
//   MD5(s) SHA1(s) SHA224(s) SHA256(s) SHA384(s) SHA512(s) SHA2(s, bits int)
// Numbers (DOUBLE in, DOUBLE out unless said): SQRT LN LOG10 LOG2 EXP SIN COS TAN COT ASIN ACOS ATAN SINH COSH
//   TANH DEGREES RADIANS; POWER(a, b) ATAN2(y, x) LOG(x) LOG(base, x) PI() E()
//   SIGN(x) (kind kept) ROUND(x[, n int]) TRUNCATE(x[, n int]) (kind kept; DECIMAL by call.type)
//   FLOOR(x) CEIL(x): numeric, kind kept (DECIMAL by call.type)
//   GREATEST(a, …) LEAST(a, …): all of one type; NULL if any is NULL
// Time: FLOOR(t, unit) CEIL(t, unit) EXTRACT(unit, t | interval) -> BIGINT   (YEAR(t) … are EXTRACT)
//   TIMESTAMPADD(unit, n int, t) -> type of t   TIMESTAMPDIFF(unit, from, to) -> INTEGER
//   TO_TIMESTAMP(text[, format]) -> TIMESTAMP(3)   TO_DATE(text[, format])
//   TO_TIMESTAMP_LTZ(numeric[, 0 | 3]) | (text[, format[, zone]]) -> TIMESTAMP_LTZ(3)
//   DATE_FORMAT(TIMESTAMP | TIMESTAMP_LTZ | text, format) FROM_UNIXTIME(BIGINT[, format])
//   UNIX_TIMESTAMP(text[, format]) CONVERT_TZ(text, from, to)
//   units: YEAR QUARTER MONTH WEEK DAY DOY DOW HOUR MINUTE SECOND MILLISECOND MICROSECOND NANOSECOND EPOCH
//   DECADE CENTURY MILLENNIUM ISODOW ISOYEAR
// Conditional: COALESCE(a, …) (all of call.type) — CASE is its own node.
// Aggregates (AggregateCall.function; argument kinds as in Flink, no hidden casts):
//   COUNT SUM AVG MIN MAX STDDEV_POP STDDEV_SAMP VAR_POP VAR_SAMP FIRST_VALUE LAST_VALUE LISTAGG
//   (STDDEV is STDDEV_SAMP, VARIANCE is VAR_SAMP)

import { AGGREGATE_FUNCTIONS } from "./aggregates.ts";
import { ARITHMETIC_FUNCTIONS } from "./arithmetic.ts";
import { COMPARISON_FUNCTIONS } from "./comparison.ts";
import { CONDITIONAL_FUNCTIONS } from "./conditional.ts";
import { ENCODING_FUNCTIONS } from "./encoding.ts";
import { GROUPING_FUNCTIONS } from "./grouping.ts";
import { NUMBER_FUNCTIONS } from "./numbers.ts";
import { PATTERN_FUNCTIONS } from "./pattern.ts";
import type { FunctionDescription, ScalarFunction } from "./spec.ts";
import { TEMPORAL_FUNCTIONS } from "./temporal.ts";
import { TEXT_FUNCTIONS } from "./text.ts";
import { runs } from "../unsupported.ts";

const SCALAR_FUNCTIONS: readonly ScalarFunction[] = [
  ...COMPARISON_FUNCTIONS,
  ...ARITHMETIC_FUNCTIONS,
  ...NUMBER_FUNCTIONS,
  ...TEXT_FUNCTIONS,
  ...PATTERN_FUNCTIONS,
  ...ENCODING_FUNCTIONS,
  ...TEMPORAL_FUNCTIONS,
  ...CONDITIONAL_FUNCTIONS,
];

const BY_NAME: ReadonlyMap<string, ScalarFunction> = new Map(
  SCALAR_FUNCTIONS.flatMap((entry) =>
    (entry.names ?? [entry.id]).map((name) => [name, entry] as const),
  ),
);

const OPERATORS: ReadonlyMap<string, ScalarFunction> = new Map(
  SCALAR_FUNCTIONS.filter((entry) => entry.names?.length === 0).map(
    (entry) => [entry.id, entry] as const,
  ),
);

/** The function that is called `name( … )`, in any case. */
export function findFunction(name: string): ScalarFunction | undefined {
  return BY_NAME.get(name.toUpperCase());
}

/** The operator or predicate with this id: "+", "IS NULL", "LIKE" … */
export function findOperator(id: string): ScalarFunction {
  const entry = OPERATORS.get(id);
  if (entry === undefined) throw new RangeError(`no operator ${id}`);
  return entry;
}

/** All names that can be called, aggregates included: for suggestions. */
export function functionNames(): string[] {
  return [...BY_NAME.keys(), ...AGGREGATE_FUNCTIONS.keys()];
}

/** A line of `headrace functions`. */
export interface ListedFunction extends FunctionDescription {
  /** false: known and typed, but not run yet. */
  readonly supported: boolean;
}

/** Every function and operator, for `headrace functions`. */
export function describeFunctions(): ListedFunction[] {
  const aggregates = [...new Set(AGGREGATE_FUNCTIONS.values()), ...GROUPING_FUNCTIONS];
  return [...SCALAR_FUNCTIONS, ...aggregates].map(({ id, category, syntax, description }) => ({
    id,
    category,
    syntax,
    description,
    supported: runs(id),
  }));
}
