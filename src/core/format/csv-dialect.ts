// How lines of CSV are cut into fields: the options of Flink's `csv` format (Jackson's CSV), for reading and writing.
// What is not said there is RFC 4180: fields may stand in quotes, a quote within is doubled.

import { FormatOptions } from "./options.ts";
import type { FormattedTable } from "./options.ts";

export interface CsvDialect {
  /** Single characters. */
  readonly delimiter: string;
  readonly quote: string | undefined;
  readonly escape: string | undefined;
  /** Lines that begin with # are passed over. */
  readonly hasComments: boolean;
  /** What separates the elements of an ARRAY and the fields of a ROW. */
  readonly elementDelimiter: string;
  /** A field of exactly this text is NULL, in quotes or not. */
  readonly nullLiteral: string | undefined;
  readonly isEmptyNull: boolean;
  /** Blanks around a field that is not in quotes do not belong to it. */
  readonly trimsSpaces: boolean;
}

export interface CsvOptions {
  readonly dialect: CsvDialect;
  readonly ignoreParseErrors: boolean;
  /** A line with fewer fields is wrong even if errors are ignored. */
  readonly failsOnMissing: boolean;
  /** What follows the last column is not read. */
  readonly ignoresTrailing: boolean;
  /** One blank field after the last column is none. */
  readonly allowsTrailingComma: boolean;
  /** DECIMALs are written as Java's BigDecimal.toString does, without trailing zeros. */
  readonly isScientific: boolean;
}

export const DEFAULT_DIALECT: CsvDialect = {
  delimiter: ",",
  quote: '"',
  escape: undefined,
  hasComments: false,
  elementDelimiter: ";",
  nullLiteral: undefined,
  isEmptyNull: false,
  trimsSpaces: false,
};

const ESCAPED: Readonly<Record<string, string>> = {
  "\\t": "\t",
  "\\n": "\n",
  "\\r": "\r",
  "\\b": "\b",
  "\\f": "\f",
  "\\\\": "\\",
};

/** The csv options of a table under `prefix`. Throws blame `config` for bad ones. */
export function csvOptions(table: FormattedTable, prefix: string): CsvOptions {
  const options = new FormatOptions(table, prefix);
  const quote = options.character("quote-character");
  const isUnquoted = options.flag("disable-quote-character");
  const dialect: CsvDialect = {
    delimiter: delimiterOf(options) ?? DEFAULT_DIALECT.delimiter,
    quote: isUnquoted ? undefined : (quote ?? DEFAULT_DIALECT.quote),
    escape: options.character("escape-character"),
    hasComments: options.flag("allow-comments"),
    elementDelimiter:
      options.character("array-element-delimiter") ?? DEFAULT_DIALECT.elementDelimiter,
    nullLiteral: options.text("null-literal"),
    isEmptyNull: options.flag("empty-string-as-null"),
    trimsSpaces: options.flag("trim-spaces"),
  };
  const rules = {
    ignoreParseErrors: options.flag("ignore-parse-errors"),
    failsOnMissing: options.flag("fail-on-missing-columns"),
    ignoresTrailing: options.flag("ignore-trailing-unmappable"),
    allowsTrailingComma: options.choice("allow-trailing-comma", ["true", "false"]) !== "false",
    // Flink's default is 'true', but only where the option is given.
    isScientific: options.flag("write-bigdecimal-in-scientific-notation"),
  };
  options.finish();
  if (isUnquoted && quote !== undefined) {
    throw options.refuse(
      "quote-character",
      "does not go with 'disable-quote-character'",
      undefined,
    );
  }
  return { dialect, ...rules };
}

/** A character, or one of Java's escapes such as \t. */
function delimiterOf(options: FormatOptions): string | undefined {
  const text = options.text("field-delimiter");
  if (text === undefined) return undefined;
  const unicode = /^\\u+([0-9a-fA-F]{4})$/.exec(text)?.[1];
  const character =
    unicode === undefined
      ? (ESCAPED[text] ?? text)
      : String.fromCharCode(Number.parseInt(unicode, 16));
  if (character.length === 1) return character;
  throw options.refuse(
    "field-delimiter",
    "must be a single character",
    "Write one such as ; or \\t.",
  );
}
