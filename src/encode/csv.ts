// A line of CSV as Flink's csv format writes it (Jackson's CSV), without a line end. Confirmed by running Flink 2.3:
//
//   numbers, BOOLEAN    as they are          TIMESTAMP   yyyy-MM-dd HH:mm:ss[.fraction], _LTZ with Z
//   BYTES               base64               ARRAY ROW   their parts with the element delimiter between them
//   NULL                the null literal
//
// Text stands in quotes when it has more than 24 characters, or one up to the greater of delimiter and quote character
// (digits too, if that is a semicolon), or the escape character (without one: a backslash).

import { csvOptions } from "../core/format/csv-dialect.ts";
import type { CsvDialect } from "../core/format/csv-dialect.ts";
import { FormatOptions } from "../core/format/options.ts";
import type { Field, SqlType, SqlValue } from "../core/types.ts";
import { strippedDecimalText, decimalText } from "../core/value/decimal.ts";
import { doubleText, floatText } from "../core/value/java-number.ts";
import { clockText, dateText, fraction, timestampText } from "../core/value/time-text.ts";
import type { TimestampValue } from "../core/value/timestamp.ts";
import type { EncoderInput, RowEncoder } from "./row-encoder.ts";

const UNCHECKED_CHARACTERS = 24;

type TextOf = (value: SqlValue) => string;

export class CsvEncoder implements RowEncoder {
  readonly reason = "";
  readonly #columns: readonly TextOf[];
  readonly #delimiter: string;

  /** Throws blame `config` for bad options, and for types that CSV cannot hold. */
  constructor({ table, prefix, fields }: EncoderInput) {
    const { dialect, isScientific } = csvOptions(table, prefix);
    const writer = new CsvWriter(dialect, isScientific);
    const options = new FormatOptions(table, prefix);
    this.#delimiter = dialect.delimiter;
    this.#columns = fields.map((field) => {
      const write = writer.column(field);
      if (write !== undefined) return write;
      throw options.refuseFormat(
        `column ${field.name}: CSV cannot hold its type`,
        "Use 'format' = 'json'.",
      );
    });
  }

  encode(values: readonly SqlValue[]): string {
    let text = "";
    for (let i = 0; i < this.#columns.length; i++) {
      if (i > 0) text += this.#delimiter;
      text += (this.#columns[i] as TextOf)(values[i] ?? null);
    }
    return text;
  }
}

class CsvWriter {
  readonly #dialect: CsvDialect;
  readonly #isScientific: boolean;
  readonly #null: string;
  /** Characters below this one need quotes. */
  readonly #firstSafe: number;

  constructor(dialect: CsvDialect, isScientific: boolean) {
    this.#dialect = dialect;
    this.#isScientific = isScientific;
    this.#null = dialect.nullLiteral ?? "";
    const special = dialect.delimiter + (dialect.quote ?? "");
    this.#firstSafe = Math.max(...Array.from(special, (each) => each.charCodeAt(0))) + 1;
  }

  /** The writer of a column; undefined: CSV cannot hold it. */
  column({ type }: Field): TextOf | undefined {
    const text = this.#text(type);
    if (text === undefined) return undefined;
    const isPlain = PLAIN.has(type.kind);
    return (value) => {
      if (value === null) return this.#null;
      return isPlain ? text(value) : this.#quoted(text(value));
    };
  }

  /** The text of a value that is not NULL, without quotes. */
  #text(type: SqlType): TextOf | undefined {
    if (type.kind === "ARRAY") {
      const write = this.#part(type.element);
      return write && ((value) => this.#joined((value as readonly SqlValue[]).map(write)));
    }
    if (type.kind !== "ROW") return scalarText(type, this.#isScientific);
    const writers = type.fields.map((field) => this.#part(field.type));
    if (writers.includes(undefined)) return undefined;
    return (value) => {
      const values = value as readonly SqlValue[];
      return this.#joined(writers.map((write, i) => write?.(values[i] ?? null) ?? ""));
    };
  }

  /** What stands within an ARRAY or a ROW: nothing that has parts itself. */
  #part(type: SqlType): TextOf | undefined {
    const write = scalarText(type, this.#isScientific);
    return write && ((value) => (value === null ? this.#null : write(value)));
  }

  #joined(parts: readonly string[]): string {
    return parts.join(this.#dialect.elementDelimiter);
  }

  #quoted(text: string): string {
    const { quote, escape } = this.#dialect;
    if (quote === undefined || !this.#needsQuotes(text)) return text;
    let inside = text.replaceAll(quote, quote + quote);
    if (escape !== undefined && escape !== quote) {
      inside = inside.replaceAll(escape, escape + escape);
    }
    return quote + inside + quote;
  }

  #needsQuotes(text: string): boolean {
    if (text.length > UNCHECKED_CHARACTERS) return true;
    for (let i = 0; i < text.length; i++) {
      if (text.charCodeAt(i) < this.#firstSafe) return true;
    }
    return text.includes(this.#dialect.escape ?? "\\");
  }
}

/** Kinds that never stand in quotes. */
const PLAIN: ReadonlySet<SqlType["kind"]> = new Set([
  "BOOLEAN",
  "TINYINT",
  "SMALLINT",
  "INTEGER",
  "BIGINT",
  "FLOAT",
  "DOUBLE",
  "DECIMAL",
]);

function scalarText(type: SqlType, isScientific: boolean): TextOf | undefined {
  switch (type.kind) {
    case "BOOLEAN":
    case "TINYINT":
    case "SMALLINT":
    case "INTEGER":
    case "BIGINT":
    case "CHAR":
    case "VARCHAR":
      return String;
    case "FLOAT":
      return (value) => floating(value as number, floatText);
    case "DOUBLE":
      return (value) => floating(value as number, doubleText);
    case "DECIMAL": {
      const write = isScientific ? strippedDecimalText : decimalText;
      return (value) => write(value as bigint, type.scale);
    }
    case "BINARY":
    case "VARBINARY":
      return (value) => Buffer.from(value as Uint8Array).toString("base64");
    case "DATE":
      return (value) => dateText(value as number);
    case "TIME":
      return (value) => {
        const millis = value as number;
        return clockText(millis) + fraction((millis % 1000) * 1e6, 0);
      };
    case "TIMESTAMP":
      return (value) => timestampText(value as TimestampValue, " ", 0);
    case "TIMESTAMP_LTZ":
      return (value) => `${timestampText(value as TimestampValue, " ", 0)}Z`;
    default:
      return undefined;
  }
}

function floating(value: number, text: (value: number) => string): string {
  return Number.isFinite(value) ? text(value) : String(value);
}
