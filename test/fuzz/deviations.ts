// Flink's own defects that headrace does not copy: left out of generated queries, or taken for what they are by the
// error that Flink dies of. Each is a documented deviation, listed in COMPATIBILITY.md.

/** A documented deviation: where both patterns are given, both must match. */
export interface Deviation {
  readonly what: string;
  /** In the query. */
  readonly sql?: RegExp;
  /** In the error that Flink dies of. */
  readonly error?: RegExp;
}

/** Found by a closer look (examine.ts). */
export const EARLY_PARTS =
  "parts of dates before 1970, and FLOOR and CEIL of them, are those of the calendar; Flink's are off by one now and then";

/** Found by a closer look (examine.ts). */
export const UNREAD_COLUMNS =
  "a column of a view that nothing reads is not computed; Flink computes it, and dies of bad data there, where it does not see that in time: beside a call of UNIX_TIMESTAMP, inside of COALESCE(x'00', …)";

export const DEVIATIONS: readonly Deviation[] = [
  {
    what: "the last digit of EXP, SIN, COS and TAN is that of the nearest double; a JVM's is another for one value in a thousand (on ARM for more), and that of POWER is another here for one in five hundred",
  },
  {
    what: "GREATEST and LEAST of a DECIMAL and another kind of number are NULL when one of them is NULL; Flink's job dies",
    sql: /\b(?:GREATEST|LEAST)\(/,
    error: /NullPointerException: Cannot invoke "org\.apache\.flink\.table\.data\.DecimalData/,
  },
  {
    what: "TRUNCATE of a DOUBLE or FLOAT of more than 38 digits; Flink's job dies",
    sql: /\bTRUNCATE\(/,
    error: /NullPointerException: Cannot invoke "org\.apache\.flink\.table\.data\.DecimalData/,
  },
  {
    what: "LTRIM, RTRIM and BTRIM with an empty text that a function made, as REVERSE(''); Flink's job dies",
    sql: /TRIM\(/,
    error: /ArithmeticException: \/ by zero/,
  },
  {
    what: "TRIM, LTRIM, RTRIM and BTRIM take off all characters of a text that begins with a blank; Flink takes off blanks alone where that text has been stored in between, as by ORDER BY or as a key, or comes from SUBSTRING or REVERSE. Not generated.",
  },
  {
    what: UNREAD_COLUMNS,
  },
  {
    what: "a view over SESSION(TABLE t PARTITION BY (a, b), …): Flink cannot read it back; a common table works in both",
    sql: /VIEW[\s\S]*PARTITION BY \(\w+,/,
    error: /Column '\w+' not found in any table/,
  },
  {
    what: "a view with (a - b) DAY TO SECOND, where a or b has parentheses of its own: Flink loses some, and cannot read it back; a common table works in both",
    sql: /\bVIEW\b[\s\S]*\) (?:DAY TO SECOND|MONTH|DAY|HOUR|MINUTE|SECOND)\b/,
    error:
      /Was expecting "\(DATETIME - DATETIME\) INTERVALQUALIFIER"|Cannot apply '-' to arguments of type '<TIMESTAMP/,
  },
  {
    what: "MAX(ROW(window_start, x).EXPR$0) and its like: Flink takes another column for it, and its job dies",
    sql: /\bROW\(window_/,
    error: /ClassCastException: class org\.apache\.flink\.table\.data\./,
  },
  {
    what: "JSON_VALUE … RETURNING BOOLEAN and JSON_EXISTS … UNKNOWN ON ERROR as a whole condition are not TRUE when they are NULL; Flink's job dies",
    sql: /JSON_(?:VALUE|EXISTS)\(/,
    error: /Cannot invoke "java\.lang\.Boolean\.booleanValue\(\)"/,
  },
  {
    what: "a missing element of a collection of NOT NULL elements that a view gives is NULL to what is computed of it above a window without GROUP BY, and -1, FALSE or '' above UNION ALL; in Flink the other way round. Not generated.",
  },
  {
    what: "a missing element of a collection of NOT NULL elements that a computed column gives is NULL; Flink makes -1, FALSE or '' of it. Not generated.",
  },
  {
    what: EARLY_PARTS,
  },
  {
    what: "FLOOR and CEIL of a TIMESTAMP_LTZ to a day or more are the first instant of that unit in the session's time zone; Flink takes the offset of the rounded instant, and is off where the clock has changed in between. Not generated.",
  },
  {
    what: "a row that comes after the first of its HOP windows has fired counts in the others; Flink loses it where a window ends within the hour that a clock change leaves out. Not generated.",
  },
  {
    what: "where a zone's clock goes back or forth by anything but an hour (Australia/Lord_Howe), a window is over when its last millisecond is, the second time; Flink counts on an hour. Not generated.",
  },
  {
    what: "a group of CUBE, ROLLUP or GROUPING SETS that HAVING leaves out by its keys is computed, and a JSON_OBJECTAGG can fail there; Flink leaves its rows out",
  },
  {
    what: "a row below WHERE FALSE still fails on bad data; Flink runs nothing there. Not generated.",
  },
  {
    what: "a BETWEEN inside of the first operands of another one; Flink's parser trips over it",
    error: /BETWEEN operator has no terminating AND/,
  },
  {
    what: "POSITION((a || b) IN c) and POSITION(ROW(…).f IN c): Flink's parser takes neither there",
    sql: /POSITION\((?:ROW)?\(/,
    error: /Encountered "\("|near the keyword 'ROW'/,
  },
  {
    what: "CAST(double AS FLOAT) compared with a DOUBLE is rounded; Flink leaves the cast out. Not generated.",
    sql: /AS FLOAT\) (?:WHEN|[=<>]|IN|IS|BETWEEN)|(?:[=<>]+|WHEN) (?:TRY_)?CAST\([^()]* AS FLOAT/,
  },
  {
    what: "COALESCE(CAST(t AS TIMESTAMP(6)), t) is cut to six digits where t has nine; Flink leaves the cast out. Not generated.",
    sql: /COALESCE\([^;]*AS TIMESTAMP(?:_LTZ)?\(/,
  },
  {
    what: "bytes that are no UTF-8 become as many U+FFFD as the Encoding Standard says, which is now and then one more than in Java. Not generated.",
  },
  {
    what: "a constant that is longer than its type says (UPPER('ß'), a TIMESTAMP(0) less half a second) is cut, as in Flink; but of a view or sub-query, together with what is made of it there. Not generated.",
  },
  {
    what: "TO_TIMESTAMP gives three fraction digits; Flink remembers the others and shows them after CAST AS TIMESTAMP(6). Not generated.",
  },
  {
    what: "constant expressions over which Flink's planner stumbles, as 7 / NULLIF(3, 0)",
    error: /ClassCastException: class org\.apache\.calcite/,
  },
  {
    what: "TRY_CAST of a text that is no number to DECIMAL is NULL everywhere; as an argument Flink takes it for 0. Not generated.",
  },
  {
    what: "a CASE without ELSE or a NULLIF over the rowtime is NULL where no branch is taken, or both are equal; Flink's job dies",
    sql: /\b(?:CASE|NULLIF)\b/,
    error: /NullPointerException: Cannot invoke "org\.apache\.flink\.table\.data\.TimestampData/,
  },
  {
    what: "WHERE x IS NOT DISTINCT FROM a constant that is NaN or infinite, where x is a FLOAT: Flink's planner stumbles over it",
    sql: /\bWHERE\b[\s\S]*IS NOT DISTINCT FROM/,
    error: /NumberFormatException: Infinite or NaN/,
  },
  {
    what: "a session with PARTITION BY of a key that a condition fixes, as HAVING k IS NULL: Flink no longer groups by the key, then finds no session, and refuses",
    sql: /SESSION\([\s\S]*PARTITION BY/,
    error: /update changes which is produced by node GroupAggregate/,
  },
  {
    what: "queries on which Flink's planner fails an assertion of its own, or for which it generates Java that does not compile: FILTER (WHERE FALSE), grouping sets over a computed rowtime, MIN(ROW(window_end, x).EXPR$0), IFNULL and COALESCE of a NOT NULL date or time plus an interval",
    error:
      /Mismatch of function's argument data type '(?:DATE|TIME)|IllegalArgumentException: (?:Type mismatch|$)|AssertionError: Cannot add expression|"divisionComparable" is null|CompileException: Line|WindowAggregateRule \| IndexOutOfBoundsException/,
  },
  {
    what: "-0.0 equals 0.0 everywhere; where Flink compares a DOUBLE with a DECIMAL it is less",
  },
  {
    what: "TO_DATE(text, pattern) is NULL for a text that does not parse; Flink gives an arbitrary date. Not generated.",
  },
  {
    what: "BYTES equal to one of several literals (IN, OR) are found; in Flink no bytes equal any of several",
    sql: /\bX'[^;]*X'/,
  },
  {
    what: "what only TYPEOF or IFNULL(x'00', …) asks for is not computed; Flink computes it, and dies of bad data there",
    sql: /\bTYPEOF\(|\b(?:COALESCE|IFNULL)\(x'/,
    error:
      /JSON_OBJECTAGG|Map views don't support null keys|JsonParseException|NumberFormatException|ArithmeticException: \/ by zero/,
  },
  {
    what: "UNIX_TIMESTAMP of a literal is a constant: beside a missing element of a constant array of NOT NULL elements it gives NULL; Flink computes it for each row, with -1 for the element",
    sql: /\bUNIX_TIMESTAMP\([^;]*\)\[\d+\]|\)\[\d+\][^;]*\bUNIX_TIMESTAMP\(/,
  },
  {
    what: "SESSION_START and its like beside a HAVING that names an aggregate twice: Flink's planner loses them, and refuses",
    sql: /\bHAVING\b/,
    error: /Unsupported call: (?:TUMBLE|HOP|SESSION)_/,
  },
  {
    what: "a NOT NULL number that does not fit the DECIMAL that it becomes beside the elements of an array is NULL; Flink's job dies",
    sql: /\bARRAY/,
    error: /NullPointerException: Cannot invoke "org\.apache\.flink\.table\.data\.DecimalData/,
  },
  {
    what: "LPAD and RPAD of a negative length, and DECIMALs that overflow, are NULL also where their type says NOT NULL, and so is what is made of them; Flink then writes -1 or an empty text here and there. In the condition of IF the type decides. Not generated.",
  },
  {
    what: "ROUND and TRUNCATE of a DECIMAL to a number of digits that is no literal keep the digits of their type, which CAST AS STRING shows; Flink's have as many as they were rounded to. Not generated.",
  },
  {
    what: "a text that rounds to 24:00 is no TIME, and TIME and DATE parts of dates before 1970 are those of the calendar; Flink's job dies of such a TIME",
    error: /Invalid value for HourOfDay/,
  },
  {
    what: "LPAD and RPAD of NOT NULL texts with an empty third one are NULL; Flink says the result is NOT NULL, and its job dies where that stands inside of a ROW",
    sql: /\b[LR]PAD\(/,
    error:
      /NullPointerException: Cannot invoke "org\.apache\.flink\.table\.data\.binary\.BinaryStringData/,
  },
  {
    what: "a text of one ASCII character that is no digit, also behind a sign or a point, is no DECIMAL; Flink takes it for 0",
  },
  {
    what: "elements made of a NOT NULL key that a grouping set leaves out are NOT NULL; in Flink that is so of some functions and not of others, with the same rows. Not generated.",
  },
  {
    what: "an aggregate of a NOT NULL argument that no row is left for (FILTER, or a SAMP variant over one row) is NULL; Flink says the result is NOT NULL and writes -1 or an empty text. Not generated.",
  },
];

/** The deviation that a query may meet, whatever Flink says. */
export function deviationOf(sql: string): Deviation | undefined {
  return DEVIATIONS.find(
    (each) => each.error === undefined && each.sql !== undefined && each.sql.test(sql),
  );
}

/** The deviation that Flink's job died of. */
export function deviationOfError(sql: string, error: string): Deviation | undefined {
  return DEVIATIONS.find(
    (each) => each.error?.test(error) === true && (each.sql === undefined || each.sql.test(sql)),
  );
}
