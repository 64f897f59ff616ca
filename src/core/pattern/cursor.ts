// A pattern's characters with \Q…\E taken out: what stood between them is marked as quoted and means itself.

import { invalidPattern, unsupportedPattern, type PatternRefusal } from "./problem.ts";

interface Token {
  readonly code: number;
  /** Index in the pattern, in UTF-16 units. */
  readonly at: number;
  readonly isQuoted: boolean;
}

/** Reads a pattern code point by code point. */
export class PatternCursor {
  readonly #tokens: readonly Token[];
  readonly #length: number;
  readonly #hasQuotes: boolean;
  #index = 0;

  constructor(pattern: string) {
    this.#tokens = tokensOf(pattern);
    this.#length = pattern.length;
    this.#hasQuotes = pattern.includes("\\Q");
  }

  get isAtEnd(): boolean {
    return this.#index >= this.#tokens.length;
  }

  /** Index of the current character in the pattern. */
  get at(): number {
    return this.#tokens[this.#index]?.at ?? this.#length;
  }

  /** The character `ahead` of the current one as syntax: "" at the end and for quoted characters. */
  peek(ahead = 0): string {
    const token = this.#tokens[this.#index + ahead];
    return token === undefined || token.isQuoted ? "" : String.fromCodePoint(token.code);
  }

  /** Takes the current character, whatever it is; undefined at the end. */
  take(): number | undefined {
    return this.#tokens[this.#index++]?.code;
  }

  /** Takes `text` if it comes next. */
  accept(text: string): boolean {
    for (let index = 0; index < text.length; index++) {
      if (this.peek(index) !== text[index]) return false;
    }
    this.#index += text.length;
    return true;
  }

  /** Takes characters as long as they are ASCII and match. */
  takeWhile(matches: RegExp): string {
    let text = "";
    while (matches.test(this.peek())) {
      text += this.peek();
      this.#index++;
    }
    return text;
  }

  /** Goes back by characters. */
  back(count = 1): void {
    this.#index -= count;
  }

  /** The refusal of what Java refuses; `at` defaults to the current character. */
  invalid(message: string, at: number = this.at): PatternRefusal {
    // Java rewrites \Q…\E before it parses; where quotes meet a mistake, its verdict may differ from ours.
    return this.#hasQuotes ? unsupportedPattern(message, at) : invalidPattern(message, at);
  }
}

function tokensOf(pattern: string): Token[] {
  const tokens: Token[] = [];
  let isQuoted = false;
  let at = 0;
  while (at < pattern.length) {
    if (isQuoted ? pattern.startsWith("\\E", at) : pattern.startsWith("\\Q", at)) {
      isQuoted = !isQuoted;
      at += 2;
      continue;
    }
    const code = pattern.codePointAt(at) ?? 0;
    if (code >= 0xd800 && code <= 0xdfff) {
      throw unsupportedPattern("half of a surrogate pair in the pattern", at);
    }
    tokens.push({ code, at, isQuoted });
    at += code > 0xffff ? 2 : 1;
    // The character after a backslash is part of the escape: \\Q is a backslash and a Q.
    if (!isQuoted && code === 0x5c && at < pattern.length && !pattern.startsWith("\\E", at - 1)) {
      const next = pattern.codePointAt(at) ?? 0;
      tokens.push({ code: next, at, isQuoted });
      at += next > 0xffff ? 2 : 1;
    }
  }
  return tokens;
}
