// Compares result rows with a conformance case's golden rows, as multisets. Column types (of expected.meta.json)
// decide how: integers and decimals exactly (trailing zeros aside), DOUBLE with 1e-9 and FLOAT with 1e-6 relative
// tolerance, points in time whatever separator, fraction zeros or Z. A missing key equals NULL, an extra key differs.

const DOUBLE_TOLERANCE = 1e-9;
const FLOAT_TOLERANCE = 1e-6;

/** JSON with every number kept as its text. */
export type ExactJson =
  | null
  | boolean
  | string
  | NumberText
  | ExactJson[]
  | { [name: string]: ExactJson };

/** A number as it was written: BIGINT exceeds what JSON.parse keeps. */
export class NumberText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type ExactRow = Readonly<Record<string, ExactJson>>;

/** A column of the golden rows: its name and SQL type, as Flink prints it. */
export interface GoldenColumn {
  readonly name: string;
  readonly type: string;
}

export interface Difference {
  readonly missing: readonly ExactRow[];
  readonly unexpected: readonly ExactRow[];
}

/** Rows of JSON lines. */
export function parseRows(text: string): ExactRow[] {
  return text
    .split("\n")
    .flatMap((line) => (line.trim() === "" ? [] : [parseExact(line) as ExactRow]));
}

/** What two multisets of rows do not have in common; both empty: equal. */
export function compareRows(
  expected: readonly ExactRow[],
  actual: readonly ExactRow[],
  columns: readonly GoldenColumn[],
): Difference {
  const groups = new Map<string, Shape[]>();
  for (const shape of expected.map((row) => shapeOf(row, columns))) {
    const group = groups.get(shape.key);
    if (group === undefined) groups.set(shape.key, [shape]);
    else group.push(shape);
  }
  const unexpected: ExactRow[] = [];
  for (const shape of actual.map((row) => shapeOf(row, columns))) {
    const group = groups.get(shape.key) ?? [];
    const index = group.findIndex((candidate) => isClose(candidate, shape));
    if (index < 0) unexpected.push(shape.row);
    else group.splice(index, 1);
  }
  return { missing: [...groups.values()].flat().map(({ row }) => row), unexpected };
}

/** For messages: numbers as they were written. */
export function showRow(row: ExactRow): string {
  return JSON.stringify(row, (_, value: unknown) =>
    value instanceof NumberText ? `#${value.text}` : value,
  );
}

/** A row split into what must be equal and what must be near. */
interface Shape {
  readonly row: ExactRow;
  readonly key: string;
  readonly floats: readonly { readonly value: number; readonly tolerance: number }[];
}

function shapeOf(row: ExactRow, columns: readonly GoldenColumn[]): Shape {
  const floats: { value: number; tolerance: number }[] = [];
  const near = (value: number, tolerance: number): string => {
    if (!Number.isFinite(value)) return String(value);
    floats.push({ value, tolerance });
    return "near";
  };
  const known = new Set(columns.map(({ name }) => name));
  const parts = columns.map(({ name, type }) => `${name}:${keyOf(row[name] ?? null, type, near)}`);
  for (const name of Object.keys(row)) if (!known.has(name)) parts.push(`extra ${name}`);
  return { row, key: parts.join("\n"), floats };
}

type Near = (value: number, tolerance: number) => string;

function keyOf(value: ExactJson, type: string, near: Near): string {
  if (value === null) return "null";
  const text =
    value instanceof NumberText ? value.text : typeof value === "string" ? value : undefined;
  const bare = type.replace(/ NOT NULL$/, "");
  if (/^(TINYINT|SMALLINT|INT|BIGINT|INTERVAL|DECIMAL)/.test(bare)) {
    return (text === undefined ? undefined : decimalKey(text)) ?? wrong(value);
  }
  if (/^(DOUBLE|FLOAT)/.test(bare)) {
    if (text === undefined || (Number.isNaN(Number(text)) && text !== "NaN")) return wrong(value);
    return near(Number(text), bare.startsWith("FLOAT") ? FLOAT_TOLERANCE : DOUBLE_TOLERANCE);
  }
  if (/^(DATE|TIME)/.test(bare)) {
    return (typeof value === "string" ? timeKey(value) : undefined) ?? wrong(value);
  }
  if (bare === "BOOLEAN") return typeof value === "boolean" ? String(value) : wrong(value);
  if (/^(CHAR|VARCHAR|STRING|BINARY|VARBINARY|BYTES)/.test(bare)) {
    return typeof value === "string" ? JSON.stringify(value) : wrong(value);
  }
  return nestedKey(bare.startsWith("MULTISET<MAP") ? withSortedElements(value) : value, near);
}

/** Elements of a MULTISET are written as texts: of maps, whose keys have no order. */
function withSortedElements(value: ExactJson): ExactJson {
  if (value === null || typeof value !== "object" || value instanceof NumberText) return value;
  if (Array.isArray(value)) return value;
  const named = Object.entries(value).map(([element, count]) => {
    const texts: string[] = [];
    const near = (number: number): string => String(texts.push(String(number)));
    return [`${nestedKey(parseExact(element), near)} ${texts.join()}`, count] as const;
  });
  return Object.fromEntries(named);
}

/** ARRAY, MAP, ROW, MULTISET: by structure. */
function nestedKey(value: ExactJson, near: Near): string {
  if (value instanceof NumberText) {
    return /^-?\d+$/.test(value.text) ? value.text : near(Number(value.text), DOUBLE_TOLERANCE);
  }
  if (Array.isArray(value)) return `[${value.map((item) => nestedKey(item, near)).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${nestedKey(value[name] ?? null, near)}`).join(",")}}`;
}

/** Plain digits without exponent, leading and trailing zeros, or the sign of zero. */
function decimalKey(text: string): string | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text.trim());
  if (match === null) return undefined;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match;
  if (whole + fraction === "") return undefined;
  const point = whole.length + Number(exponent);
  const digits = (whole + fraction)
    .padEnd(point, "0")
    .padStart(whole.length + fraction.length - Math.min(0, point), "0");
  const at = Math.max(0, point);
  const integer = digits.slice(0, at).replace(/^0+/, "") || "0";
  const rest = digits.slice(at).replace(/0+$/, "");
  const size = rest === "" ? integer : `${integer}.${rest}`;
  return sign === "-" && size !== "0" ? `-${size}` : size;
}

function timeKey(text: string): string | undefined {
  const match = /^([+-]?\d{4,}-\d\d-\d\d)?[T ]?(\d\d:\d\d(?::\d\d)?)?(\.\d+)?(?:Z|\+00:00)?$/.exec(
    text.trim(),
  );
  if (match === null) return undefined;
  const [, date = "", time = "", fraction = ""] = match;
  if (date === "" && time === "") return undefined;
  const seconds = time.length === 5 ? `${time}:00` : time;
  return `${date}T${seconds}${fraction.replace(/\.?0+$/, "")}`;
}

function wrong(value: ExactJson): string {
  return `wrong type ${JSON.stringify(value)}`;
}

function isClose(a: Shape, b: Shape): boolean {
  return a.floats.every(({ value, tolerance }, index) => {
    const other = b.floats[index]?.value ?? Number.NaN;
    const distance = Math.abs(value - other);
    return distance <= tolerance * Math.max(Math.abs(value), Math.abs(other)) || distance < 1e-300;
  });
}

/** Numbers stand between quotes only in strings, which are passed over whole. */
function parseExact(text: string): ExactJson {
  const marked = text.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (token) =>
    token.startsWith('"') ? token : `{"\\u0000":"${token}"}`,
  );
  return JSON.parse(marked, (_, value: unknown) => {
    const number = (value as { "\u0000"?: string } | null)?.["\u0000"];
    return typeof number === "string" ? new NumberText(number) : value;
  }) as ExactJson;
}
