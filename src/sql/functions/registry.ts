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
//   IN(x, v1, v2, …): as x = v1 OR x = v2 …, all of the kind of x.
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
//   SPLIT_INDEX(s, delimiter text | exact int, index int) STARTSWITH(s, prefix) ENDSWITH(s, suffix): both BYTES, too
//   PRINTF(format, a, …) ELT(index int, a, …: all of call.type)
//   LIKE(s, pattern[, escape]) SIMILAR TO(s, pattern[, escape])      (NOT LIKE is NOT(LIKE))
//   REGEXP(s, re) REGEXP_COUNT(s, re) REGEXP_INSTR(s, re) REGEXP_SUBSTR(s, re) REGEXP_REPLACE(s, re, by)
//   REGEXP_EXTRACT(s, re[, group int]) REGEXP_EXTRACT_ALL(s, re[, group int]): re is a literal that core/pattern takes
//   IS_ALPHA(s | number) IS_DECIMAL(s | number) IS_DIGIT(s | number) (never NULL: FALSE)
//   HEX(exact int | text) UNHEX(s) BIN(exact int) ENCODE(s, charset) DECODE(bytes, charset); with d = text or BYTES:
//   TO_BASE64(d) FROM_BASE64(d) MD5(d) SHA1(d) SHA224(d) SHA256(d) SHA384(d) SHA512(d) SHA2(d, bits int)
//   PARSE_URL(url, part[, key]) URL_ENCODE(s) URL_DECODE(s) INET_ATON(s) INET_NTOA(BIGINT)
// Numbers (DOUBLE in, DOUBLE out unless said): SQRT LN LOG10 LOG2 EXP SIN COS TAN COT ASIN ACOS ATAN SINH COSH
//   TANH DEGREES RADIANS; POWER(a, b) ATAN2(y, x) LOG(x) LOG(base, x) PI() E()
//   SIGN(x) (kind kept) ROUND(x[, n int]) TRUNCATE(x[, n int]) (kind kept; DECIMAL by call.type)
//   FLOOR(x) CEIL(x): numeric, kind kept (DECIMAL by call.type)
//   GREATEST(a, …) LEAST(a, …): all of one type; NULL if any is NULL
// Time: FLOOR(t, unit) CEIL(t, unit) EXTRACT(unit, t | interval) -> BIGINT   (YEAR(t) … are EXTRACT)
//   TIMESTAMPADD(unit, n exact int, t) -> call.type   TIMESTAMPDIFF(unit, from, to) -> INTEGER or BIGINT
//   DIFFERENCE(unit, left, right) -> interval
//   TO_TIMESTAMP(text[, format]) -> TIMESTAMP(3)   TO_DATE(text[, format])
//   TO_TIMESTAMP_LTZ(numeric[, literal 0 … 9]) | (text[, format[, zone]]) -> call.type
//   DATE_FORMAT(TIMESTAMP | TIMESTAMP_LTZ | text, format) FROM_UNIXTIME(BIGINT[, format])
//   UNIX_TIMESTAMP(text[, format]) CONVERT_TZ(text, from, to)
//   units: YEAR QUARTER MONTH WEEK DAY DOY DOW HOUR MINUTE SECOND MILLISECOND MICROSECOND NANOSECOND EPOCH
//   DECADE CENTURY MILLENNIUM ISODOW ISOYEAR
// Conditional: COALESCE(a, …), IFNULL(a, b) (all of call.type) — CASE is its own node.
// Collections: ARRAY(v, …: of the element type, NULLs too) MAP(k, v, …) ROW(v, …) .(row, field int from 0)
//   [](array, index int from 1) [](map, key) CARDINALITY(x) ELEMENT(array); = <> on ARRAY and ROW
//   ARRAY_APPEND ARRAY_PREPEND ARRAY_CONTAINS ARRAY_POSITION ARRAY_REMOVE (array, element of its type, NULL too)
//   ARRAY_CONCAT(a, …) ARRAY_UNION ARRAY_INTERSECT ARRAY_EXCEPT (a, b): of one type   ARRAY_DISTINCT ARRAY_REVERSE
//   ARRAY_MAX ARRAY_MIN (a) ARRAY_SORT(a[, ascending[, nulls first]]) ARRAY_SLICE(a, from int[, to int])
//   ARRAY_JOIN(texts, separator[, for NULL]) SPLIT(s, delimiter) MAP_KEYS MAP_VALUES MAP_ENTRIES (m)
//   MAP_FROM_ARRAYS(keys, values) MAP_UNION(m, …) STR_TO_MAP(s[, entry delimiter, value delimiter])
// JSON: IS JSON VALUE | SCALAR | ARRAY | OBJECT (s): never NULL   JSON_EXISTS(s, path, on error)
//   JSON_VALUE(s, path, on empty, default, on error, default) JSON_QUERY(s, path, wrapper, on empty, on error)
//   JSON_OBJECT(on null, k, v, …) JSON_ARRAY(on null, v, …) JSON_STRING(v) JSON(s) JSON_QUOTE(s) JSON_UNQUOTE(s)
// Aggregates (AggregateCall.function; argument kinds as in Flink, no hidden casts):
//   COUNT SUM AVG MIN MAX STDDEV_POP STDDEV_SAMP VAR_POP VAR_SAMP FIRST_VALUE LAST_VALUE LISTAGG
//   (STDDEV is STDDEV_SAMP, VARIANCE is VAR_SAMP); taken apart, SUM is SUM0 and AVG is SUM/COUNT or SUM0/COUNT

import { AGGREGATE_FUNCTIONS } from "./aggregates.ts";
import { ARITHMETIC_FUNCTIONS } from "./arithmetic.ts";
import { ARRAY_FUNCTIONS } from "./arrays.ts";
import { COLLECTION_FUNCTIONS } from "./collections.ts";
import { COMPARISON_FUNCTIONS } from "./comparison.ts";
import { CONDITIONAL_FUNCTIONS } from "./conditional.ts";
import { CONVERSION_FUNCTIONS } from "./conversion.ts";
import { ENCODING_FUNCTIONS } from "./encoding.ts";
import { GROUPING_FUNCTIONS } from "./grouping.ts";
import { JSON_FUNCTIONS } from "./json.ts";
import { MAP_FUNCTIONS } from "./maps.ts";
import { IN } from "./membership.ts";
import { NETWORK_FUNCTIONS } from "./network.ts";
import { NUMBER_FUNCTIONS } from "./numbers.ts";
import { PATTERN_FUNCTIONS } from "./pattern.ts";
import type { FunctionDescription, ScalarFunction } from "./spec.ts";
import { TEMPORAL_ARITHMETIC } from "./temporal-arithmetic.ts";
import { TEMPORAL_TEXT } from "./temporal-text.ts";
import { TEMPORAL_FUNCTIONS } from "./temporal.ts";
import { SYNTAX_DESCRIPTIONS } from "./syntax.ts";
import { COMPOSITION_FUNCTIONS } from "./text-composition.ts";
import { SEARCH_FUNCTIONS } from "./text-search.ts";
import { TEXT_FUNCTIONS } from "./text.ts";
import { runs } from "../unsupported.ts";

/** Every scalar function and operator; several entries may share an id. */
export const SCALAR_FUNCTIONS: readonly ScalarFunction[] = [
  ...COMPARISON_FUNCTIONS,
  IN,
  ...ARITHMETIC_FUNCTIONS,
  ...NUMBER_FUNCTIONS,
  ...TEXT_FUNCTIONS,
  ...SEARCH_FUNCTIONS,
  ...COMPOSITION_FUNCTIONS,
  ...PATTERN_FUNCTIONS,
  ...ENCODING_FUNCTIONS,
  ...NETWORK_FUNCTIONS,
  ...TEMPORAL_FUNCTIONS,
  ...TEMPORAL_ARITHMETIC,
  ...TEMPORAL_TEXT,
  ...CONDITIONAL_FUNCTIONS,
  ...COLLECTION_FUNCTIONS,
  ...ARRAY_FUNCTIONS,
  ...MAP_FUNCTIONS,
  ...JSON_FUNCTIONS,
  ...CONVERSION_FUNCTIONS,
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
  return [...SCALAR_FUNCTIONS, ...SYNTAX_DESCRIPTIONS, ...aggregates].map(
    ({ id, category, syntax, description }) => ({
      id,
      category,
      syntax,
      description,
      supported: runs(id),
    }),
  );
}
