// Column types of generated tables, and JSON values for them: ordinary ones, boundaries and what looks like another
// type. Points in time lie after 1970 (deviations.ts).

import type { Random } from "./random.ts";

/** A kind of column: its type in SQL, and a JSON value as text. */
export interface ColumnKind {
  readonly type: string;
  readonly value: (random: Random) => string;
}

/** Texts of all kinds. */
export const WORDS: readonly string[] = [
  "",
  " ",
  "a",
  "b",
  "A",
  "ab",
  "abc",
  "Hello World",
  "hello",
  " padded ",
  "a,b,c",
  "x=1;y=2",
  "a.b.c",
  "100%",
  "under_score",
  "it's",
  'q"q',
  "back\\slash",
  "line\nbreak",
  "tab\there",
  "äöü",
  "ÄÖÜß",
  "日本語",
  "😀 smile",
  "true",
  "FALSE",
  "null",
  "aaa",
  "abababab",
  "The quick brown fox",
];
const NUMBER_TEXTS = [
  "0",
  "1",
  "-1",
  "+5",
  " 7 ",
  "12.5",
  "12.9",
  "-0.001",
  "127",
  "128",
  "32768",
  "2147483647",
  "2147483648",
  "9223372036854775807",
  "1e3",
  "1E-2",
  ".5",
  "5.",
  "",
  "abc",
  "NaN",
  "0x10",
  "1d",
  "00012",
];
const TIME_TEXTS = [
  "2024-01-01",
  "2024-02-29",
  "2023-02-29",
  "2024-1-5",
  "2024-01-01 00:00:00",
  "2024-06-15 12:34:56",
  "2024-06-15 12:34:56.789",
  "2024-06-15T12:34:56",
  "2024-12-31 23:59:59.999",
  "2024-13-01",
  "08:30:00",
  "23:59:59.5",
  "noon",
  "",
];

/** A key "null" of a map cannot be told from a NULL where maps are printed. */
const ELEMENTS = WORDS.filter((word) => word !== "null");

/** JSON, and what is none. */
export const JSON_TEXTS: readonly string[] = [
  '{"a":1,"b":[1,2.50,"x",null],"c":{"d":"e","a":true}}',
  '{"a":null}',
  '{"b":1e3,"a":"text"}',
  "[1, 2, 3]",
  '[{"a":1},{"a":{"b":2}},5]',
  '"text"',
  "42",
  "true",
  "null",
  "{}",
  "[]",
  "",
  "no json",
  '{"a":1} more',
  '{"a":"\\u00e9\\n"}',
];

/** A JSON value of one of `texts`. */
function texts(pool: readonly string[]): ColumnKind["value"] {
  return (random) => JSON.stringify(random.pick(pool));
}

function integers(low: bigint, high: bigint): ColumnKind["value"] {
  return (random) => {
    if (random.chance(0.5)) return String(random.between(-5, 20));
    if (random.chance(0.6)) {
      return String(random.pick([low, high, low + 1n, high - 1n, 0n, -1n, high / 2n]));
    }
    return String(
      BigInt.asIntN(64, (BigInt(random.bits()) << 32n) | BigInt(random.bits())) % (high + 1n),
    );
  };
}

const small: ColumnKind["value"] = (random) => String(random.between(-3, 12));

function doubles(special: readonly string[]): ColumnKind["value"] {
  return (random) => {
    if (random.chance(0.2)) return random.pick(special);
    const size = random.pick([10, 1000, 100_000]);
    return String((random.between(-size, size) * random.pick([1, 0.5, 0.1, 0.01])) / 1);
  };
}

function decimals(precision: number, scale: number): ColumnKind["value"] {
  return (random) => {
    const digits = random.chance(0.2) ? precision : random.between(1, precision);
    const text = Array.from({ length: digits }, () => random.below(10)).join("");
    const padded = text.padStart(scale + 1, "0");
    const whole = padded.slice(0, padded.length - scale).replace(/^0+(?=\d)/, "");
    const fraction = scale === 0 ? "" : `.${padded.slice(-scale)}`;
    const more = random.chance(0.1) && scale > 0 ? "5" : "";
    const number = `${random.chance(0.4) ? "-" : ""}${whole}${fraction}${more}`;
    return random.chance(0.1) ? `"${number}"` : number;
  };
}

const bytes: ColumnKind["value"] = (random) => {
  const text = Buffer.from(random.several(0, 5, () => random.pick([0, 1, 65, 97, 127, 128, 255])));
  return JSON.stringify(text.toString("base64"));
};

const DAY_MS = 86_400_000;
/** Days as SQL writes them. */
export const DATES: readonly string[] = [
  "1990-01-01",
  "1999-12-31",
  "2000-02-29",
  "2024-02-29",
  "2024-12-30",
  "2100-03-01",
];

function date(random: Random): string {
  if (random.chance(0.4)) return random.pick(DATES);
  return new Date(random.between(7305, 40_000) * DAY_MS).toISOString().slice(0, 10);
}

function clock(random: Random, digits: number): string {
  const time = random.chance(0.2)
    ? random.pick(["00:00:00", "23:59:59", "12:00:00"])
    : new Date(random.below(86_400) * 1000).toISOString().slice(11, 19);
  if (digits === 0 || random.chance(0.3)) return time;
  const fraction = random.pick(["000000001", "999999999", "500000000", "123456789", "120000000"]);
  return `${time}.${fraction.slice(0, digits)}`;
}

function timestamps(digits: number, zone: "" | "Z"): ColumnKind["value"] {
  return (random) => `"${date(random)}T${clock(random, digits)}${zone}"`;
}

function arrays(element: ColumnKind["value"]): ColumnKind["value"] {
  return (random) =>
    `[${random.several(0, 5, () => (random.chance(0.15) ? "null" : element(random))).join(",")}]`;
}

function maps(value: ColumnKind["value"]): ColumnKind["value"] {
  return (random) => {
    const members = random.several(0, 4, () => {
      const key = random.pick(["a", "b", "x", "key", ""]);
      return `${JSON.stringify(key)}:${random.chance(0.15) ? "null" : value(random)}`;
    });
    return `{${members.join(",")}}`;
  };
}

function row(random: Random): string {
  const inner = random.chance(0.2) ? "null" : `{"w":${random.pick(["1.5", "-0.0", "null"])}}`;
  const fields = [`"x":${small(random)}`, `"y":${texts(WORDS)(random)}`, `"z":${inner}`];
  return `{${fields.filter(() => random.chance(0.85)).join(",")}}`;
}

function innerRow(random: Random): string {
  return `{"x":${random.pick(["1", "2", "null"])},"y":${texts(ELEMENTS)(random)}}`;
}

/** What a generated table may hold beside its key and rowtime. */
export const COLUMN_KINDS: readonly (readonly [weight: number, kind: ColumnKind])[] = [
  [6, { type: "BOOLEAN", value: (random) => random.pick(["true", "false"]) }],
  [3, { type: "TINYINT", value: integers(-128n, 127n) }],
  [3, { type: "SMALLINT", value: integers(-32_768n, 32_767n) }],
  [5, { type: "INT", value: integers(-2_147_483_648n, 2_147_483_647n) }],
  [9, { type: "INT", value: small }],
  [6, { type: "BIGINT", value: integers(-(2n ** 63n), 2n ** 63n - 1n) }],
  [4, { type: "FLOAT", value: doubles(["0.0", "-0.0", "3.4E38", "1.0E-40", "16777217", "0.1"]) }],
  [
    8,
    {
      type: "DOUBLE",
      value: doubles(["0.0", "-0.0", "1.7E308", "4.9E-324", "1E15", "123456789.125", "0.1"]),
    },
  ],
  [4, { type: "DECIMAL(10, 2)", value: decimals(10, 2) }],
  [2, { type: "DECIMAL(38, 18)", value: decimals(38, 18) }],
  [2, { type: "DECIMAL(5, 0)", value: decimals(5, 0) }],
  [2, { type: "DECIMAL(19, 9)", value: decimals(19, 9) }],
  [2, { type: "DECIMAL(3, 3)", value: decimals(3, 3) }],
  [9, { type: "STRING", value: texts(WORDS) }],
  [5, { type: "STRING", value: texts(NUMBER_TEXTS) }],
  [5, { type: "STRING", value: texts(TIME_TEXTS) }],
  [2, { type: "VARCHAR(20)", value: texts(WORDS) }],
  [2, { type: "CHAR(3)", value: texts(["abc", "a c", "12 ", "äöü", "日本語"]) }],
  [4, { type: "BYTES", value: bytes }],
  [4, { type: "DATE", value: (random) => `"${date(random)}"` }],
  [2, { type: "TIME(0)", value: (random) => `"${clock(random, 0)}"` }],
  [2, { type: "TIMESTAMP(0)", value: timestamps(0, "") }],
  [4, { type: "TIMESTAMP(3)", value: timestamps(3, "") }],
  [3, { type: "TIMESTAMP(6)", value: timestamps(6, "") }],
  [2, { type: "TIMESTAMP(9)", value: timestamps(9, "") }],
  [3, { type: "TIMESTAMP_LTZ(3)", value: timestamps(3, "Z") }],
  [2, { type: "TIMESTAMP_LTZ(6)", value: timestamps(6, "Z") }],
  [4, { type: "STRING", value: texts(JSON_TEXTS) }],
  [4, { type: "ARRAY<INT>", value: arrays(small) }],
  [2, { type: "ARRAY<DOUBLE>", value: arrays(doubles(["0.0", "-0.0", "1E15"])) }],
  [2, { type: "ARRAY<ROW<x INT, y STRING>>", value: arrays(innerRow) }],
  [4, { type: "ARRAY<STRING>", value: arrays(texts(ELEMENTS)) }],
  [3, { type: "MAP<STRING, INT>", value: maps(small) }],
  [3, { type: "MAP<STRING, STRING>", value: maps(texts(WORDS)) }],
  [3, { type: "ROW<x INT, y STRING, z ROW<w DOUBLE>>", value: row }],
];
