// Walks over the tokens of one file. Everything the parser's parts share: look-ahead, expectations with
// readable errors, identifiers against Flink's reserved words, and the bound on nesting.

import { SQL_NESTING } from "../../core/limits.ts";
import type { Identifier } from "../ast.ts";
import { isReserved } from "../keywords.ts";
import { tokenize, type Token } from "../lexer.ts";
import type { SourceText, Span } from "../source.ts";

export class Cursor {
  readonly source: SourceText;
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(source: SourceText) {
    this.source = source;
    this.#tokens = tokenize(source);
  }

  get current(): Token {
    return this.peek(0);
  }

  /** The token consumed last; spans end there. */
  get previous(): Token {
    return this.peek(-1);
  }

  atEnd(): boolean {
    return this.current.kind === "end";
  }

  peek(ahead: number): Token {
    const index = Math.min(Math.max(this.#at + ahead, 0), this.#tokens.length - 1);
    const token = this.#tokens[index];
    if (token === undefined) throw new RangeError("the token list is never empty");
    return token;
  }

  advance(): Token {
    const token = this.current;
    if (token.kind !== "end") this.#at++;
    return token;
  }

  /** Whether the next tokens are these words or symbols, in upper case and unquoted. */
  at(...words: readonly string[]): boolean {
    return words.every((word, index) => this.peek(index).upper === word);
  }

  /** Consumes the words if they are next. */
  accept(...words: readonly string[]): boolean {
    if (!this.at(...words)) return false;
    this.#at += words.length;
    return true;
  }

  expect(word: string): Token {
    if (!this.at(word)) throw this.unexpected(word);
    return this.advance();
  }

  acceptString(): Token | undefined {
    return this.current.kind === "string" ? this.advance() : undefined;
  }

  expectString(what: string): Token {
    const token = this.acceptString();
    if (token === undefined) throw this.unexpected(what);
    return token;
  }

  /** Whether the next token can be an identifier. */
  atIdentifier(): boolean {
    const { kind, upper } = this.current;
    return kind === "quoted" || (kind === "word" && !isReserved(upper));
  }

  identifier(what: string): Identifier {
    const token = this.current;
    if (token.kind === "word" && isReserved(token.upper)) {
      throw this.source.syntax(
        token,
        `${token.value} is a reserved word of Flink SQL`,
        `Write \`${token.value}\` in backticks to use it as a name.`,
      );
    }
    if (!this.atIdentifier()) throw this.unexpected(what);
    this.advance();
    return { name: token.value, start: token.start, end: token.end };
  }

  /** A table's name; without what every name stands in: Flink's default catalog and database. */
  path(what: string): Identifier[] {
    const parts = [this.identifier(what)];
    while (this.accept(".")) parts.push(this.identifier("a name"));
    const names = parts.map(({ name }) => name).join(".");
    const prefix = /^(?:(?:default_catalog\.)?default_database\.)?/.exec(names)?.[0] ?? "";
    return parts.slice(prefix.split(".").length - 1);
  }

  /** `item, item, …` */
  list<T>(item: () => T): T[] {
    const items = [item()];
    while (this.accept(",")) items.push(item());
    return items;
  }

  /** `( item, item, … )` */
  parenthesized<T>(item: () => T): T[] {
    this.expect("(");
    const items = this.list(item);
    this.expect(")");
    return items;
  }

  /** The span from `start` to the token consumed last. */
  since(start: Span): Span {
    return { start: start.start, end: this.previous.end };
  }

  /** Runs `parse` one level deeper; refuses text that nests too deep for a stack. */
  nested<T>(parse: () => T): T {
    if (this.#depth >= SQL_NESTING) throw tooDeep(this.source, this.current);
    this.#depth++;
    try {
      return parse();
    } finally {
      this.#depth--;
    }
  }

  unexpected(expected: string): Error {
    const token = this.current;
    if (token.kind === "hint") return this.refuseHint();
    const found = token.kind === "end" ? "the end of the file" : this.source.slice(token);
    return this.source.syntax(token, `expected ${expected}, found ${found}`, this.#hyphenHint());
  }

  /** Device profiles, and topics, have names that a tokenizer takes for a difference. */
  #hyphenHint(): string | undefined {
    const { previous, current } = this;
    const isName = previous.kind === "word" && previous.end === current.start;
    if (!isName || this.source.slice(current) !== "-") return undefined;
    return `A name with a hyphen stands in backticks: \`${previous.value}-…\`.`;
  }

  refuseHint(): Error {
    return this.source.unsupported(
      this.current,
      "hints are not supported",
      "Remove the /*+ … */; table options belong into WITH.",
    );
  }
}

/** The error for a statement nested deeper than SQL_NESTING. */
export function tooDeep(source: SourceText, span: Span): Error {
  const hint = "Split it with a view or a computed column.";
  return source.syntax(span, `nested more than ${SQL_NESTING} levels deep`, hint);
}
