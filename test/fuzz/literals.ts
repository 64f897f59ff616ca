// What queries write themselves: types to CAST to, and literals.

import { DATES, JSON_TEXTS, WORDS } from "./values.ts";

/** Types that CAST may name, by the category they belong to. */
export const CAST_TARGETS: Readonly<Record<string, readonly string[]>> = {
  boolean: ["BOOLEAN"],
  numeric: [
    "TINYINT",
    "SMALLINT",
    "INT",
    "BIGINT",
    "FLOAT",
    "DOUBLE",
    "DECIMAL(10, 2)",
    "DECIMAL(38, 10)",
    "DECIMAL(4, 0)",
    "DECIMAL(20, 6)",
  ],
  text: ["STRING", "STRING", "VARCHAR(5)", "CHAR(3)", "VARCHAR(30)"],
  binary: ["BYTES", "BINARY(4)", "VARBINARY(3)"],
  date: ["DATE"],
  time: ["TIME(0)"],
  timestamp: ["TIMESTAMP(0)", "TIMESTAMP(3)", "TIMESTAMP(6)", "TIMESTAMP(9)"],
  ltz: ["TIMESTAMP_LTZ(0)", "TIMESTAMP_LTZ(3)", "TIMESTAMP_LTZ(6)"],
  numbers: ["ARRAY<INT>", "ARRAY<BIGINT>", "ARRAY<DOUBLE>", "ARRAY<DECIMAL(10, 2)>"],
  texts: ["ARRAY<STRING>", "ARRAY<VARCHAR(3)>"],
  map: ["MAP<STRING, STRING>", "MAP<STRING, BIGINT>"],
  rows: ["ARRAY<ROW<x INT, y STRING>>"],
  row: ["ROW<x INT, y STRING, z ROW<w DOUBLE>>"],
};

/** Texts of literals, by category. */
export const LITERALS: Readonly<Record<string, readonly string[]>> = {
  boolean: ["TRUE", "FALSE"],
  numeric: [
    ..."0 1 -1 2 3 7 10 100 127 128 255 32767 32768 2147483647 -2147483648 2147483648".split(" "),
    ..."9223372036854775807 0.5 1.5 -2.25 12.345 0.001 99999.99999 1E0 2.5E-3 1E10 -0.5E0".split(
      " ",
    ),
  ],
  integer: "0 1 -1 2 3 7 10 100 255 32767 2147483647 2147483648".split(" "),
  text: [...WORDS.slice(0, 24), "12", "2024-01-01"]
    // Of a literal ß UPPER makes one S in Flink (deviations.ts).
    .filter((word) => !/[\n\tß]/.test(word))
    .map((word) => `'${word.replaceAll("'", "''")}'`),
  binary: ["x''", "x'00'", "x'61'", "x'ff00ff'"],
  date: DATES.map((day) => `DATE '${day}'`),
  time: ["TIME '00:00:00'", "TIME '08:30:00'", "TIME '23:59:59'"],
  timestamp: [
    "TIMESTAMP '2024-01-01 00:00:00.000'",
    "TIMESTAMP '2024-02-29 12:34:56.789'",
    "TIMESTAMP '2000-12-31 23:59:59.123456'",
  ],
  ltz: [
    "CAST(TIMESTAMP '2024-01-01 00:00:00' AS TIMESTAMP_LTZ(3))",
    "TO_TIMESTAMP_LTZ(1704067200123, 3)",
    "TO_TIMESTAMP_LTZ(86400, 0)",
  ],
  numbers: ["ARRAY[1, 2, 2]", "ARRAY[0.5, -1.5]", "ARRAY[CAST(NULL AS INT), 7]"],
  texts: ["ARRAY['a', 'b', 'a']", "ARRAY['', 'long text']", "SPLIT('a,b,,c', ',')"],
  map: ["MAP['a', 1, 'b', 2]", "MAP['x', 'one']", "STR_TO_MAP('a=1,b,key=3')"],
  rows: [
    "CAST(ARRAY[ROW(1, 'a')] AS ARRAY<ROW<x INT, y STRING>>)",
    "ARRAY[ROW(1, 'a'), ROW(2, 'b')]",
  ],
  row: ["ROW(1, 'a')", "ROW(0.5, CAST(NULL AS STRING))"],
  json: JSON_TEXTS.map((text) => `'${text}'`),
  interval: [
    "INTERVAL '1' DAY",
    "INTERVAL '5' SECOND",
    "INTERVAL '-2' HOUR",
    "INTERVAL '1.500' SECOND",
    "INTERVAL '1 02:03:04.005' DAY TO SECOND",
    "INTERVAL '1' MONTH",
    "INTERVAL '-1-2' YEAR TO MONTH",
    "INTERVAL '3' YEAR",
  ],
};
