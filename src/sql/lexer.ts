// Text to tokens, as Flink's parser does it (Calcite, Lex.JAVA): identifiers are case-sensitive and quoted
// with backticks, text literals with single quotes (doubled inside), comments are --, // and /* */.
// Double quotes mean nothing in Flink SQL and are refused with a hint.

import { SQL_TEXT_CHARACTERS } from "../core/limits.ts";
import type { SourceText, Span } from "./source.ts";

export type TokenKind =
  | "word" // identifier or keyword without quotes; `value` is its text, `upper` in upper case
  | "quoted" // identifier in backticks; `value` is its unescaped text
  | "number"
  | "string"
  | "binary" // X'0aff'; `value` is the hexadecimal text
  | "symbol"
  | "hint" // the opening of /*+ … */
  | "end";

export interface Token extends Span {
  readonly kind: TokenKind;
  readonly value: string;
  /** Upper case of `value` for words, and the symbol itself for symbols; "" for everything else. */
  readonly upper: string;
}

const BLANK = /\s/;
const WORD_START = /[\p{L}_$]/u;
const WORD = /[\p{L}_$][\p{L}\p{Nd}_$]*/uy;
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
/** Longer ones first. */
const SYMBOLS = "<> <= >= || => != ( ) [ ] , . ; + - * / % = < > : ? { } |".split(" ");
const TOO_LONG = "Split the file: a rule file holds a few statements.";

/** All tokens of the text, the last of kind "end". Throws SQL_SYNTAX. */
export function tokenize(source: SourceText): Token[] {
  const { text } = source;
  if (text.length > SQL_TEXT_CHARACTERS) {
    const limit = SQL_TEXT_CHARACTERS.toLocaleString("en");
    throw source.syntax(
      { start: 0, end: 1 },
      `the SQL text is longer than ${limit} characters`,
      TOO_LONG,
    );
  }
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const after = skipBlank(source, at);
    if (after > at) {
      at = after;
      continue;
    }
    const token = readToken(source, at);
    tokens.push(token);
    at = token.end;
  }
  tokens.push({ kind: "end", value: "", upper: "", start: text.length, end: text.length });
  return tokens;
}

/** The offset after the white space or comment at `at`; `at` itself when there is none. */
function skipBlank(source: SourceText, at: number): number {
  const { text } = source;
  if (BLANK.test(text[at] ?? "")) return at + 1;
  if (text.startsWith("--", at) || text.startsWith("//", at)) {
    const newline = text.indexOf("\n", at);
    return newline < 0 ? text.length : newline + 1;
  }
  if (!text.startsWith("/*", at) || text.startsWith("/*+", at)) return at;
  const close = text.indexOf("*/", at + 2);
  if (close < 0) throw source.syntax({ start: at, end: at + 2 }, "this comment is never closed");
  return close + 2;
}

function readToken(source: SourceText, at: number): Token {
  const { text } = source;
  const character = text[at] ?? "";
  if (text.startsWith("/*+", at)) {
    return { kind: "hint", value: "/*+", upper: "", start: at, end: at + 3 };
  }
  if (character === "'") return quoted(source, at, { kind: "string", quote: "'", from: at });
  if (character === "`") return quoted(source, at, { kind: "quoted", quote: "`", from: at });
  const number = match(NUMBER, text, at);
  // A word may follow at once: 1a is 1 AS a.
  if (number !== undefined) {
    return { kind: "number", value: number, upper: "", start: at, end: at + number.length };
  }
  if (WORD_START.test(character)) return word(source, at);
  const symbol = SYMBOLS.find((candidate) => text.startsWith(candidate, at));
  if (symbol !== undefined) {
    return { kind: "symbol", value: symbol, upper: symbol, start: at, end: at + symbol.length };
  }
  const hint =
    character === '"' ? "Quote identifiers with backticks and text with single quotes." : undefined;
  throw source.syntax({ start: at, end: at + 1 }, `unexpected character ${character}`, hint);
}

function word(source: SourceText, at: number): Token {
  const { text } = source;
  const value = match(WORD, text, at) ?? "";
  const end = at + value.length;
  const upper = value.toUpperCase();
  if (text[end] === "'" && upper === "X") {
    return binary(source, quoted(source, end, { kind: "binary", quote: "'", from: at }));
  }
  if (text.startsWith("&'", end) && upper === "U") {
    return unicode(source, quoted(source, end + 1, { kind: "string", quote: "'", from: at }));
  }
  if (text[end] === "'" && (upper === "N" || upper === "E" || value.startsWith("_"))) {
    throw prefixed(source, at, value);
  }
  return { kind: "word", value, upper, start: at, end };
}

function prefixed(source: SourceText, at: number, prefix: string): Error {
  return source.unsupported(
    { start: at, end: at + prefix.length },
    `text literals with the prefix ${prefix} are not supported`,
    "Write the characters themselves between single quotes; files are UTF-8.",
  );
}

const ESCAPE_CLAUSE = /\s*UESCAPE\s*'([^0-9a-fA-F+"'\s])'/iy;

/** U&'…' [UESCAPE 'c']: \0041 is the character of a code, and the escape twice itself. */
function unicode(source: SourceText, token: Token): Token {
  ESCAPE_CLAUSE.lastIndex = token.end;
  const clause = ESCAPE_CLAUSE.exec(source.text);
  const escape = clause?.[1] ?? "\\";
  let value = "";
  for (let at = 0; at < token.value.length; at++) {
    if (token.value[at] !== escape) {
      value += token.value[at] ?? "";
      continue;
    }
    const digits = token.value.slice(at + 1, at + 5);
    if (token.value[at + 1] === escape) {
      value += escape;
      at++;
    } else if (/^[0-9a-fA-F]{4}$/.test(digits)) {
      value += String.fromCharCode(Number.parseInt(digits, 16));
      at += 4;
    } else {
      throw source.invalid(token, `${escape} stands before four hexadecimal digits, or itself`);
    }
  }
  return { ...token, value, end: clause === null ? token.end : ESCAPE_CLAUSE.lastIndex };
}

function binary(source: SourceText, token: Token): Token {
  if (/^(?:[0-9a-fA-F]{2})*$/.test(token.value)) return token;
  throw source.syntax(token, "a binary literal holds pairs of hexadecimal digits");
}

/** A quoted run starting at `at`; the quote character is doubled inside to stand for itself. */
function quoted(
  source: SourceText,
  at: number,
  options: { readonly kind: TokenKind; readonly quote: string; readonly from: number },
): Token {
  const { quote } = options;
  let value = "";
  let from = at + 1;
  for (;;) {
    const close = source.text.indexOf(quote, from);
    if (close < 0) {
      const what = quote === "`" ? "this quoted identifier" : "this text literal";
      throw source.syntax({ start: at, end: at + 1 }, `${what} is never closed`);
    }
    value += source.text.slice(from, close);
    from = close + 1;
    if (source.text[from] !== quote) break;
    value += quote;
    from++;
  }
  const span = { start: options.from, end: from };
  if (options.kind === "quoted" && value === "") throw source.syntax(span, "empty identifier");
  return { kind: options.kind, value, upper: "", ...span };
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
