// CSV messages into rows. A table of SQL reads what Flink's `csv` format reads: one line, its columns in the order of
// the table. A device profile reads every line as a row, its fields by number.

import { csvOptions, DEFAULT_DIALECT } from "../../core/format/csv-dialect.ts";
import type { CsvOptions } from "../../core/format/csv-dialect.ts";
import { afterByteOrderMark } from "../byte-order-mark.ts";
import type { Payload, PayloadReader, ReaderInput, Wanted } from "../payload-reader.ts";
import { refusedValue } from "../payload-convert.ts";
import { RecordRows } from "../record-rows.ts";
import type { StringCache } from "../string-cache.ts";
import { storeValue } from "../value-target.ts";
import { csvConverter } from "./convert.ts";
import { CsvLine } from "./line.ts";

/** Puts the text of a field into a row; "" or why it cannot. */
type FieldTaker = (text: string, row: number) => string;

interface WantedField {
  readonly index: number;
  readonly label: string;
  readonly isText: boolean;
  readonly take: FieldTaker;
}

export class CsvReader implements PayloadReader {
  readonly ignoresErrors: boolean;
  reason = "";
  position = 0;
  readonly #options: CsvOptions;
  readonly #line: CsvLine;
  readonly #fields: readonly WantedField[];
  readonly #strings: StringCache;
  readonly #rows: RecordRows;
  /** Columns of a table; undefined for a profile, whose lines are as long as they are. */
  readonly #columns: number | undefined;
  readonly #skipLines: number;
  #text = "";
  #start = 0;
  #isAscii = true;
  #bytes: Buffer = Buffer.alloc(0);

  /** Throws blame `config` for bad options and types that CSV cannot hold. */
  constructor({ table, wanted, space, codec, cursor }: ReaderInput) {
    const profile = codec?.type === "csv" ? codec : undefined;
    this.#options = profile === undefined ? csvOptions(table, "csv.") : profileOptions(profile);
    this.ignoresErrors = this.#options.ignoreParseErrors;
    this.#line = new CsvLine(this.#options.dialect);
    this.#strings = cursor.strings;
    this.#rows = new RecordRows(space);
    this.#skipLines = profile?.skipLines ?? 0;
    const physical = table.columns.filter(({ source }) => source.kind === "physical");
    this.#columns = profile === undefined ? physical.length : undefined;
    this.#fields = wanted.map((each) =>
      profile === undefined
        ? tableField(
            each,
            physical.findIndex(({ name }) => name === pathOf(each)),
            this.#options,
          )
        : profileField(each),
    );
    if (profile === undefined) for (const { type } of physical) csvConverter(type, this.#options);
  }

  read({ bytes, start, end }: Payload, row: number): number {
    const from = afterByteOrderMark(bytes, start, end);
    const text = this.#strings.text(bytes, from, end);
    if (text === undefined) return this.#syntax("not UTF-8", 0);
    this.#bytes = bytes;
    this.#text = text;
    this.#start = from;
    this.#isAscii = text.length === end - from;
    this.#rows.begin(row);
    return this.#columns === undefined ? this.#lines() : this.#firstLine(this.#columns);
  }

  #firstLine(columns: number): number {
    const line = this.#line;
    if (!line.read(this.#text, 0)) {
      return this.#syntax(line.reason === "" ? "empty payload" : line.reason, line.failedAt);
    }
    const { ignoreParseErrors, failsOnMissing } = this.#options;
    if (line.count < columns && (failsOnMissing || !ignoreParseErrors)) {
      return this.#syntax(`${line.count} fields, the table has ${columns} columns`, line.next);
    }
    if (line.count > columns && !this.#isTrailing(columns)) {
      const reason = `more than ${columns} fields, the columns of the table`;
      return this.#syntax(reason, line.start(columns));
    }
    return this.#row() ? 1 : -1;
  }

  #isTrailing(columns: number): boolean {
    const { ignoresTrailing, allowsTrailingComma } = this.#options;
    if (ignoresTrailing) return true;
    const line = this.#line;
    return allowsTrailingComma && line.count === columns + 1 && line.field(columns).trim() === "";
  }

  #lines(): number {
    const line = this.#line;
    let pos = 0;
    for (let n = 0; line.read(this.#text, pos); n++) {
      pos = line.next;
      const isBlank = line.count === 1 && line.field(0).trim() === "";
      if (n >= this.#skipLines && !isBlank && !this.#row()) return -1;
    }
    return line.reason === "" ? this.#rows.count : this.#syntax(line.reason, line.failedAt);
  }

  /** The line as one more row. */
  #row(): boolean {
    const row = this.#rows.next();
    if (row < 0) return this.#fail(this.#rows.reason, this.#line.start(0)) > 0;
    const line = this.#line;
    for (const { index, label, isText, take } of this.#fields) {
      if (index >= line.count) continue;
      const reason = take(isText ? this.#kept(index) : line.field(index), row);
      if (reason !== "") return this.#fail(`${label}: ${reason}`, line.start(index)) > 0;
    }
    return true;
  }

  /** Text that outlives the message must not hold all of it in memory, as a piece of a string does. */
  #kept(index: number): string {
    const line = this.#line;
    const end = line.end(index);
    if (end < 0 || !this.#isAscii) return Buffer.from(line.field(index)).toString();
    const from = this.#start + line.start(index);
    return this.#strings.text(this.#bytes, from, this.#start + end) ?? "";
  }

  #syntax(what: string, characters: number): -1 {
    return this.#fail(`not CSV: ${what}`, characters);
  }

  #fail(reason: string, characters: number): -1 {
    this.reason = reason;
    this.position = Buffer.byteLength(this.#text.slice(0, characters));
    return -1;
  }
}

function tableField(
  { label, type, column }: Wanted,
  index: number,
  options: CsvOptions,
): WantedField {
  const convert = csvConverter(type, options);
  const isText = type.kind === "VARCHAR" || type.kind === "CHAR";
  const take: FieldTaker = (text, row) => {
    const value = convert(text);
    if (value === undefined) return refusedValue(text, type);
    storeValue(column, row, value);
    return "";
  };
  return { index, label, isText, take };
}

/** A blank field of a device is a value it does not have. */
function profileField({ label, address, target, type }: Wanted): WantedField {
  const index = address.kind === "column" ? address.column : 0;
  const isText = type.kind === "VARCHAR";
  const take: FieldTaker = (text, row) => {
    const own = text.trim();
    return target.take(own === "" ? null : own, row);
  };
  return { index, label, isText, take };
}

function profileOptions(codec: { readonly dialect: CsvOptions["dialect"] }): CsvOptions {
  return {
    dialect: { ...DEFAULT_DIALECT, ...codec.dialect },
    ignoreParseErrors: false,
    failsOnMissing: false,
    ignoresTrailing: true,
    allowsTrailingComma: true,
    isScientific: false,
  };
}

function pathOf({ address }: Wanted): string | undefined {
  return address.kind === "path" ? address.path[0] : undefined;
}
