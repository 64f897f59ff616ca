// Data types as Flink spells them: STRING, DECIMAL(p, s), TIMESTAMP(p) WITH LOCAL TIME ZONE, ARRAY<t> …

import { MAX_LENGTH, type Field, type SqlType } from "../../core/types.ts";
import type { Span } from "../source.ts";
import type { Cursor } from "./cursor.ts";

const SIMPLE: Readonly<Record<string, SqlType>> = {
  BOOLEAN: { kind: "BOOLEAN", nullable: true },
  TINYINT: { kind: "TINYINT", nullable: true },
  SMALLINT: { kind: "SMALLINT", nullable: true },
  INT: { kind: "INTEGER", nullable: true },
  INTEGER: { kind: "INTEGER", nullable: true },
  BIGINT: { kind: "BIGINT", nullable: true },
  FLOAT: { kind: "FLOAT", nullable: true },
  DATE: { kind: "DATE", nullable: true },
  STRING: { kind: "VARCHAR", length: MAX_LENGTH, nullable: true },
  BYTES: { kind: "VARBINARY", length: MAX_LENGTH, nullable: true },
};

const REFUSED: Readonly<Record<string, string>> = {
  REAL: "Use FLOAT.",
  VARIANT: "Use STRING.",
  RAW: "Use BYTES.",
  BITMAP: "Use BYTES.",
  INTERVAL: "Store the length as a number and multiply it by an interval.",
};

/** A data type with an optional NOT NULL (columns, ROW fields and elements; a CAST's target has none). */
export function parseColumnType(cursor: Cursor): SqlType {
  if (cursor.at("TIME", "(") && Number(cursor.peek(2).value) > 3) {
    // Of Flink's formats some take such a column, and keep no finer steps; csv and avro do not.
    const message = "TIME has at most 3 fraction digits";
    const hint = "Use TIME(3), or TIMESTAMP for finer steps.";
    throw cursor.source.unsupported(cursor.current, message, hint);
  }
  const type = parseType(cursor);
  if (cursor.accept("NOT", "NULL")) return type.kind === "NULL" ? type : notNull(type);
  cursor.accept("NULL");
  return type;
}

/** A nullable data type. Throws SQL_SYNTAX, SQL_INVALID for a bad length, SQL_UNSUPPORTED. */
export function parseType(cursor: Cursor): SqlType {
  return cursor.nested(() => {
    let type = parseBaseType(cursor);
    for (;;) {
      if (cursor.accept("ARRAY")) type = { kind: "ARRAY", element: type, nullable: true };
      else if (cursor.accept("MULTISET"))
        type = { kind: "MULTISET", element: type, nullable: true };
      else return type;
    }
  });
}

function parseBaseType(cursor: Cursor): SqlType {
  const token = cursor.current;
  if (token.kind !== "word") throw cursor.unexpected("a data type");
  const refused = REFUSED[token.upper];
  if (refused !== undefined) {
    throw cursor.source.unsupported(token, `the type ${token.upper} is not supported`, refused);
  }
  cursor.advance();
  const simple = SIMPLE[token.upper];
  if (simple !== undefined) return simple;
  switch (token.upper) {
    case "DOUBLE":
      cursor.accept("PRECISION");
      return { kind: "DOUBLE", nullable: true };
    case "DECIMAL":
    case "DEC":
    case "NUMERIC":
      return parseDecimal(cursor);
    case "CHAR":
    case "CHARACTER":
      if (cursor.accept("VARYING")) return text("VARCHAR", parseLength(cursor) ?? MAX_LENGTH);
      return text("CHAR", parseLength(cursor) ?? 1);
    case "VARCHAR":
      return text("VARCHAR", parseLength(cursor) ?? MAX_LENGTH);
    case "BINARY":
      if (cursor.accept("VARYING")) return text("VARBINARY", parseLength(cursor) ?? MAX_LENGTH);
      return text("BINARY", parseLength(cursor) ?? 1);
    case "VARBINARY":
      return text("VARBINARY", parseLength(cursor) ?? MAX_LENGTH);
    case "TIME":
      return parseTime(cursor);
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return parseTimestamp(cursor, token.upper);
    case "ARRAY":
      return { kind: "ARRAY", element: bracketed(cursor, parseColumnType), nullable: true };
    case "MULTISET":
      return { kind: "MULTISET", element: bracketed(cursor, parseColumnType), nullable: true };
    case "MAP":
      return bracketed(cursor, parseMap);
    case "ROW":
      return parseRow(cursor);
    default:
      throw cursor.source.invalid(token, `unknown type ${token.value}`, typeHint(token.upper));
  }
}

function text(kind: "CHAR" | "VARCHAR" | "BINARY" | "VARBINARY", length: number): SqlType {
  return { kind, length, nullable: true };
}

function typeHint(upper: string): string | undefined {
  if (upper === "TEXT") return "Use STRING.";
  if (upper === "BOOL") return "Use BOOLEAN.";
  if (upper === "DATETIME") return "Use TIMESTAMP(3).";
  return upper === "LONG" ? "Use BIGINT." : undefined;
}

function parseDecimal(cursor: Cursor): SqlType {
  const start = cursor.previous;
  if (!cursor.accept("(")) return { kind: "DECIMAL", precision: 10, scale: 0, nullable: true };
  const precision = integer(cursor);
  const scale = cursor.accept(",") ? integer(cursor) : 0;
  cursor.expect(")");
  const span = cursor.since(start);
  if (precision < 1 || precision > 38) {
    throw cursor.source.invalid(span, "the precision of a DECIMAL lies between 1 and 38");
  }
  if (scale > precision) {
    throw cursor.source.invalid(span, `the scale of this DECIMAL lies between 0 and ${precision}`);
  }
  return { kind: "DECIMAL", precision, scale, nullable: true };
}

function parseTime(cursor: Cursor): SqlType {
  const start = cursor.previous;
  const precision = parsePrecision(cursor, 0);
  if (cursor.accept("WITHOUT")) expectTimeZone(cursor);
  if (cursor.at("WITH")) {
    throw cursor.source.unsupported(cursor.since(start), "TIME WITH TIME ZONE is not supported");
  }
  if (precision > 9) {
    const message = "the precision of a TIME lies between 0 and 9";
    throw cursor.source.invalid(cursor.since(start), message);
  }
  // A CAST keeps no finer steps.
  return { kind: "TIME", precision: Math.min(3, precision), nullable: true };
}

function parseTimestamp(cursor: Cursor, name: "TIMESTAMP" | "TIMESTAMP_LTZ"): SqlType {
  const start = cursor.previous;
  const precision = parsePrecision(cursor, 6);
  if (precision > 9) {
    throw cursor.source.invalid(cursor.since(start), "TIMESTAMP has at most 9 fraction digits");
  }
  let kind = name;
  if (name === "TIMESTAMP" && cursor.accept("WITH")) {
    if (!cursor.accept("LOCAL")) {
      throw cursor.source.unsupported(
        cursor.since(start),
        "TIMESTAMP WITH TIME ZONE is not supported, neither by Flink",
        "Use TIMESTAMP_LTZ.",
      );
    }
    expectTimeZone(cursor);
    kind = "TIMESTAMP_LTZ";
  } else if (name === "TIMESTAMP" && cursor.accept("WITHOUT")) expectTimeZone(cursor);
  return { kind, precision, nullable: true };
}

function expectTimeZone(cursor: Cursor): void {
  cursor.expect("TIME");
  cursor.expect("ZONE");
}

function parseMap(cursor: Cursor): SqlType {
  const key = parseColumnType(cursor);
  cursor.expect(",");
  return { kind: "MAP", key, value: parseColumnType(cursor), nullable: true };
}

function parseRow(cursor: Cursor): SqlType {
  const close = cursor.at("(") ? ")" : ">";
  cursor.expect(close === ")" ? "(" : "<");
  const fields = cursor.list((): Field => {
    const { name } = cursor.identifier("a field name");
    const type = parseColumnType(cursor);
    cursor.acceptString(); // a comment
    return { name, type };
  });
  cursor.expect(close);
  return { kind: "ROW", fields, nullable: true };
}

/** `< … >`; the two closing brackets of a nested type are separate tokens. */
function bracketed(cursor: Cursor, parse: (cursor: Cursor) => SqlType): SqlType {
  cursor.expect("<");
  const type = parse(cursor);
  cursor.expect(">");
  return type;
}

function parseLength(cursor: Cursor): number | undefined {
  if (!cursor.accept("(")) return undefined;
  const length = integer(cursor);
  const span: Span = cursor.previous;
  cursor.expect(")");
  if (length < 1 || length > MAX_LENGTH) {
    throw cursor.source.invalid(span, `a length lies between 1 and ${MAX_LENGTH}`);
  }
  return length;
}

function parsePrecision(cursor: Cursor, otherwise: number): number {
  if (!cursor.accept("(")) return otherwise;
  const precision = integer(cursor);
  cursor.expect(")");
  return precision;
}

function integer(cursor: Cursor): number {
  const token = cursor.current;
  if (token.kind !== "number" || !/^\d{1,10}$/.test(token.value))
    throw cursor.unexpected("a number");
  cursor.advance();
  return Number(token.value);
}

function notNull(type: Exclude<SqlType, { kind: "NULL" }>): SqlType {
  return { ...type, nullable: false };
}
