// How functions and operators are written: templates with slots for arguments. The registry gives those whose
// arguments it checks one by one; the others, and those that need a literal of a kind, stand here by name.
//
// Slots: {any} is of a category chosen for the call and {same} of that category again; {small} is a small integer;
// other names are categories (categories.ts) or pools of literals (below).

import { SCALAR_FUNCTIONS } from "../../src/sql/functions/registry.ts";
import type { ScalarFunction } from "../../src/sql/functions/spec.ts";
import { SLOT_OF } from "./categories.ts";

/** Literals of a kind, by the name of their slot. */
export const POOLS: Readonly<Record<string, readonly string[]>> = {
  unit: "YEAR QUARTER MONTH WEEK DAY HOUR MINUTE SECOND".split(" "),
  part: "YEAR QUARTER MONTH WEEK DAY DOY DOW ISODOW ISOYEAR HOUR MINUTE SECOND MILLISECOND MICROSECOND NANOSECOND EPOCH DECADE CENTURY MILLENNIUM".split(
    " ",
  ),
  regex: [
    "'a'",
    "'[a-c]+'",
    "'(a)(b)?'",
    "'^\\s*$'",
    "'\\d+'",
    "'(\\w+) (\\w+)'",
    "'.'",
    "'b|c'",
    "'l{2}'",
  ],
  replacement: ["''", "'-'", "'$0'", "'xy'"],
  group: ["0", "1", "2"],
  like: ["'%'", "'a%'", "'%b%'", "'_'", "'a_c'", "''", "'%\\%%'", "'H%o W_rld'", "'100!%'"],
  similar: ["'a%'", "'(a|b)+'", "'%o%'", "'[a-c]*'", "'_'"],
  escape: ["'!'", "'\\'"],
  format: [
    "'yyyy-MM-dd'",
    "'yyyy-MM-dd HH:mm:ss'",
    "'yyyy/MM/dd HH:mm'",
    "'dd.MM.yyyy'",
    "'HH:mm:ss.SSS'",
    "'yyyyMMdd'",
    "'yy-M-d H:m:s'",
    "'EEE, dd MMM yyyy'",
  ],
  charset: ["'UTF-8'", "'US-ASCII'", "'ISO-8859-1'", "'UTF-16BE'", "'UTF-16LE'", "'UTF-16'"],
  zone: ["'UTC'", "'Europe/Berlin'", "'America/Los_Angeles'", "'Asia/Kolkata'", "'GMT+05:00'"],
  base64: ["'YQ=='", "'YQ'", "'w6Q='", "''", "'SGVsbG8gV29ybGQ='"],
  bits: ["224", "256", "384", "512"],
  trim: ["BOTH", "LEADING", "TRAILING"],
  trimmed: ["' '", "'a'", "' 7'", "'lo '", "'äb'", "''", "'0-'"],
  digits: ["0", "1", "2", "-1", "5"],
  index: ["1", "2", "3", "9"],
  key: ["'a'", "'b'", "'key'", "''"],
  delimiter: ["','", "''", "'a'", "'::'"],
  path: [
    "'$'",
    "'$.a'",
    "'lax $.a'",
    "'strict $.a'",
    "'$.b[0]'",
    "'lax $.b[1]'",
    "'$.c.d'",
    "'lax $.c'",
    "'$[*].a'",
    "'lax $[1]'",
    "'$..a'",
    "'$.*'",
    "'$[0:2]'",
    '\'lax $["a","b"]\'',
  ],
  wrapper: ["", "WITHOUT WRAPPER", "WITH WRAPPER", "WITH CONDITIONAL ARRAY WRAPPER"],
  onNull: ["", "NULL ON NULL", "ABSENT ON NULL"],
  onJsonError: ["", "TRUE ON ERROR", "FALSE ON ERROR", "UNKNOWN ON ERROR"],
  otherwise: ["", "DEFAULT 'e' ON EMPTY", "DEFAULT 'x' ON EMPTY DEFAULT 'y' ON ERROR"],
  emptied: ["", "EMPTY ARRAY ON EMPTY", "EMPTY OBJECT ON EMPTY EMPTY ARRAY ON ERROR"],
};

/** Functions of an array and one of its elements. */
const OF_ELEMENT = "APPEND PREPEND CONTAINS POSITION REMOVE".split(" ");
const OF_ARRAYS = "CONCAT UNION INTERSECT EXCEPT".split(" ");
const JSON_KINDS = "VALUE SCALAR ARRAY OBJECT".split(" ");
const OF_ARRAY = "DISTINCT REVERSE MAX MIN SORT".split(" ");

const COMPARISONS = ["=", "<>", "<", "<=", ">", ">="];
const TESTS = [
  "IS TRUE",
  "IS NOT TRUE",
  "IS FALSE",
  "IS NOT FALSE",
  "IS UNKNOWN",
  "IS NOT UNKNOWN",
];
const PARTS = "YEAR QUARTER MONTH WEEK DAYOFYEAR DAYOFMONTH DAYOFWEEK HOUR MINUTE SECOND";

/** By name, or by id for an operator. */
const WRITTEN: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(COMPARISONS.map((each) => [each, [`({any} ${each} {same})`]])),
  ...Object.fromEntries(TESTS.map((each) => [each, [`({boolean} ${each})`]])),
  ...Object.fromEntries(PARTS.split(" ").map((each) => [each, [`${each}({datetime})`]])),
  "IS DISTINCT FROM": ["({any} IS DISTINCT FROM {same})"],
  "IS NOT DISTINCT FROM": ["({any} IS NOT DISTINCT FROM {same})"],
  "IS NULL": ["({any} IS NULL)"],
  "IS NOT NULL": ["({any} IS NOT NULL)"],
  IN: ["({any} IN ({same}, {same}))", "({any} NOT IN ({same}, {same}, {same}))"],
  AND: ["({boolean} AND {boolean})"],
  OR: ["({boolean} OR {boolean})"],
  NOT: ["(NOT {boolean})"],
  BETWEEN: ["({any} BETWEEN {same} AND {same})", "({any} NOT BETWEEN SYMMETRIC {same} AND {same})"],
  CASE: [
    "CASE WHEN {boolean} THEN {any} ELSE {same} END",
    "CASE WHEN {boolean} THEN {any} WHEN {boolean} THEN {same} END",
  ],
  "simple CASE": ["CASE {numeric} WHEN {numeric} THEN {any} WHEN {numeric} THEN {same} END"],
  CAST: ["CAST({any} AS {type})"],
  TRY_CAST: ["TRY_CAST({any} AS {type})", "TRY_CAST({text} AS {type})"],
  IF: ["IF({boolean}, {any}, {same})"],
  NULLIF: ["NULLIF({any}, {same})"],
  COALESCE: ["COALESCE({any}, {same})", "COALESCE({any}, {same}, {same})"],
  IFNULL: ["IFNULL({any}, {same})"],
  GREATEST: ["GREATEST({any}, {same})", "GREATEST({any}, {same}, {same})"],
  LEAST: ["LEAST({any}, {same})"],
  "+": ["({numeric} + {numeric})", "({datetime} + {interval})"],
  "-": ["({numeric} - {numeric})", "({datetime} - {interval})"],
  "*": ["({numeric} * {numeric})"],
  // A divisor of 0 is tried, but seldom.
  "/": ["({numeric} / NULLIF({numeric}, 0))", "({numeric} / {numeric})"],
  "%": ["({exact} % NULLIF({exact}, 0))"],
  MOD: ["MOD({exact}, NULLIF({exact}, 0))", "MOD({exact}, {exact})"],
  NEGATE: ["(- {numeric})"],
  ROUND: ["ROUND({numeric})", "ROUND({numeric}, {digits})"],
  TRUNCATE: ["TRUNCATE({numeric})", "TRUNCATE({numeric}, {digits})"],
  "||": ["({text} || {text})"],
  // Which texts are stored in between, nobody can tell (deviations.ts).
  TRIM: ["TRIM({text})", "TRIM({trim} {trimmed} FROM {text})", "TRIM({trim} FROM {text})"],
  ...Object.fromEntries(
    ["LTRIM", "RTRIM", "BTRIM"].map((name) => [
      name,
      [`${name}({text})`, `${name}({text}, {trimmed})`],
    ]),
  ),
  SUBSTRING: ["SUBSTRING({text} FROM {small})", "SUBSTRING({text} FROM {small} FOR {small})"],
  POSITION: ["POSITION({text} IN {text})"],
  OVERLAY: ["OVERLAY({text} PLACING {text} FROM {small} FOR {small})"],
  LIKE: ["({text} LIKE {like})", "({text} NOT LIKE {like} ESCAPE {escape})"],
  "SIMILAR TO": ["({text} SIMILAR TO {similar})"],
  REGEXP: ["REGEXP({text}, {regex})"],
  REGEXP_REPLACE: ["REGEXP_REPLACE({text}, {regex}, {replacement})"],
  REGEXP_EXTRACT: ["REGEXP_EXTRACT({text}, {regex})", "REGEXP_EXTRACT({text}, {regex}, {group})"],
  REGEXP_COUNT: ["REGEXP_COUNT({text}, {regex})"],
  REGEXP_INSTR: ["REGEXP_INSTR({text}, {regex})"],
  REGEXP_SUBSTR: ["REGEXP_SUBSTR({text}, {regex})"],
  SPLIT_INDEX: ["SPLIT_INDEX({text}, {text}, {small})"],
  IS_ALPHA: ["IS_ALPHA({text})"],
  IS_DIGIT: ["IS_DIGIT({text})"],
  IS_DECIMAL: ["IS_DECIMAL({text})"],
  PRINTF: ["PRINTF('%5d|%-8s', {integer}, {text})", "PRINTF('%.3f', {numeric})"],
  ELT: ["ELT({small}, {text}, {text})"],
  TYPEOF: ["TYPEOF({any})"],
  DIFFERENCE: [
    "EXTRACT({part} FROM ({timestamp} - {timestamp}) MONTH)",
    "EXTRACT({part} FROM ({ltz} - {ltz}) DAY TO SECOND)",
  ],
  OVERLAPS: ["(({timestamp}, {interval}) OVERLAPS ({timestamp}, {timestamp}))"],
  FROM_BASE64: ["FROM_BASE64(TO_BASE64({text}))", "FROM_BASE64({base64})"],
  HEX: ["HEX({integer})", "HEX({text})"],
  ENCODE: ["ENCODE({text}, {charset})"],
  DECODE: ["DECODE({binary}, {charset})"],
  SHA2: ["SHA2({text}, {bits})"],
  FLOOR: ["FLOOR({numeric})", "FLOOR({datetime} TO {unit})"],
  CEIL: ["CEIL({numeric})", "CEIL({datetime} TO {unit})"],
  CEILING: ["CEILING({numeric})"],
  EXTRACT: ["EXTRACT({part} FROM {datetime})", "EXTRACT({part} FROM {interval})"],
  TIMESTAMPADD: ["TIMESTAMPADD({unit}, {small}, {datetime})"],
  TIMESTAMPDIFF: ["TIMESTAMPDIFF({unit}, {datetime}, {datetime})"],
  TO_TIMESTAMP_LTZ: [
    "TO_TIMESTAMP_LTZ(2000000000000 + MOD({integer}, 1000000000000), 3)",
    "TO_TIMESTAMP_LTZ(1000000000 + {small}, 0)",
    "TO_TIMESTAMP_LTZ({text})",
    "TO_TIMESTAMP_LTZ({text}, {format})",
  ],
  DATE_FORMAT: ["DATE_FORMAT({anyTimestamp}, {format})", "DATE_FORMAT({text}, {format})"],
  TO_TIMESTAMP: ["TO_TIMESTAMP({text})", "TO_TIMESTAMP({text}, {format})"],
  // Of a text that does not parse by its format Flink makes arbitrary dates (deviations.ts).
  TO_DATE: ["TO_DATE({text})", "TO_DATE(DATE_FORMAT({anyTimestamp}, 'yyyyMMdd'), 'yyyyMMdd')"],
  UNIX_TIMESTAMP: [
    "UNIX_TIMESTAMP({text})",
    "UNIX_TIMESTAMP(DATE_FORMAT({anyTimestamp}, 'yyyy/MM/dd HH:mm'), 'yyyy/MM/dd HH:mm')",
  ],
  FROM_UNIXTIME: ["FROM_UNIXTIME({small})", "FROM_UNIXTIME({small}, {format})"],
  ...Object.fromEntries(
    OF_ELEMENT.map((name) => [
      `ARRAY_${name}`,
      [`ARRAY_${name}({numbers}, {numeric})`, `ARRAY_${name}({texts}, {text})`],
    ]),
  ),
  ...Object.fromEntries(
    OF_ARRAYS.map((name) => [
      `ARRAY_${name}`,
      [`ARRAY_${name}({numbers}, {numbers})`, `ARRAY_${name}({texts}, {texts})`],
    ]),
  ),
  ...Object.fromEntries(OF_ARRAY.map((name) => [`ARRAY_${name}`, [`ARRAY_${name}({array})`]])),
  ARRAY_SORT: ["ARRAY_SORT({array})", "ARRAY_SORT({array}, {boolean}, {boolean})"],
  ARRAY_SLICE: ["ARRAY_SLICE({array}, {small})", "ARRAY_SLICE({array}, {small}, {small})"],
  ARRAY_JOIN: ["ARRAY_JOIN({texts}, {text})", "ARRAY_JOIN({texts}, {text}, {text})"],
  SPLIT: ["SPLIT({text}, {delimiter})", "SPLIT({text}, {text})"],
  ARRAY: ["ARRAY[{any}, {same}]", "ARRAY[{numeric}, {numeric}]", "ARRAY[{text}, {text}, {text}]"],
  MAP: ["MAP['a', {any}, 'b', {same}]"],
  ROW: ["ROW({any}, {text})", "({any}, {numeric})"],
  ".": ["({row}).x", "({row}).y", "({row}).z.w", "ROW({any}, {text}).EXPR$0"],
  "[]": [
    "({array})[{index}]",
    "({map})[{key}]",
    "({array})[{small}]",
    "({map})[{text}]",
    "({rows})[{index}].x",
    "({rows})[{index}]",
  ],
  CARDINALITY: ["CARDINALITY({array})", "CARDINALITY({map})", "CARDINALITY({rows})"],
  ELEMENT: ["ELEMENT(ARRAY_SLICE({array}, 1, 1))"],
  MAP_KEYS: ["MAP_KEYS({map})"],
  MAP_VALUES: ["MAP_VALUES({map})"],
  MAP_ENTRIES: ["MAP_ENTRIES({map})"],
  MAP_FROM_ARRAYS: ["MAP_FROM_ARRAYS({texts}, {texts})"],
  MAP_UNION: ["MAP_UNION({map}, {map})"],
  STR_TO_MAP: ["STR_TO_MAP({text})", "STR_TO_MAP({text}, ';', ':')"],
  JSON_EXISTS: ["JSON_EXISTS({json}, {path} {onJsonError})"],
  JSON_VALUE: [
    "JSON_VALUE({json}, {path} {otherwise})",
    "JSON_VALUE({json}, {path} RETURNING BOOLEAN)",
  ],
  JSON_QUERY: [
    "JSON_QUERY({json}, {path} {wrapper} {emptied})",
    "JSON_QUERY({json}, {path} RETURNING ARRAY<STRING> {wrapper})",
  ],
  JSON_OBJECT: ["JSON_OBJECT('k' VALUE {any}, 'a' VALUE {same} {onNull})"],
  JSON_ARRAY: ["JSON_ARRAY({any}, {same} {onNull})", "JSON_ARRAY({array}, {map} {onNull})"],
  JSON_STRING: [
    "JSON_STRING({any})",
    "JSON_STRING({array})",
    "JSON_STRING({row})",
    "JSON_STRING({rows})",
  ],
  JSON: ["JSON_OBJECT('k' VALUE JSON({json}))"],
  JSON_QUOTE: ["JSON_QUOTE({text})"],
  JSON_UNQUOTE: ["JSON_UNQUOTE({json})", "JSON_UNQUOTE(JSON_QUOTE({text}))"],
  ...Object.fromEntries(
    JSON_KINDS.map((kind) => [
      `IS JSON ${kind}`,
      [`({json} IS JSON ${kind})`, `({json} IS NOT JSON ${kind})`],
    ]),
  ),
  CONVERT_TZ: ["CONVERT_TZ({text}, {zone}, {zone})"],
};

/** The templates of a function or operator of the registry; empty when nothing says how it is written. */
export function templatesOf(entry: ScalarFunction): string[] {
  const names = entry.names ?? [entry.id];
  return (names.length === 0 ? [entry.id] : names).flatMap(
    (name) => WRITTEN[name] ?? signatureTemplates(name, entry),
  );
}

/** Every form there is: of the registry, and of what is syntax rather than a function. */
export function allTemplates(): string[] {
  const known = new Set(SCALAR_FUNCTIONS.flatMap(({ id, names }) => [id, ...(names ?? [])]));
  const syntax = Object.keys(WRITTEN).filter((name) => !known.has(name));
  return [
    ...SCALAR_FUNCTIONS.flatMap(templatesOf),
    ...[...syntax, "CASE"].flatMap((name) => WRITTEN[name] ?? []),
  ];
}

/** With all arguments, and without the optional ones. */
function signatureTemplates(name: string, { signature }: ScalarFunction): string[] {
  if (signature === undefined) return [];
  const { parameters, optional = 0, repeated = false } = signature;
  const slots = parameters.map((parameter) => `{${SLOT_OF[parameter]}}`);
  const forms = [slots];
  if (optional > 0) forms.push(slots.slice(0, slots.length - optional));
  const last = slots.at(-1);
  if (repeated && last !== undefined) forms.push([...slots, last]);
  return forms.map((each) => `${name}(${each.join(", ")})`);
}
