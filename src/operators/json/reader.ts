// JSON text to values, accepting what Flink's Jackson accepts: one value, whatever follows it (but a number or word
// must end there), the last of equal member names, no control characters in strings, at most JSON_DEPTH levels and
// numbers of at most JSON_NUMBER_CHARACTERS.

import { JSON_DEPTH, JSON_NUMBER_CHARACTERS } from "../../core/limits.ts";
import { JsonNumber } from "./value.ts";
import type { JsonValue } from "./value.ts";
import { ESCAPES } from "./escapes.ts";

/** The value of a text; undefined when it is no JSON. Several functions on one text read it once. */
export function readJson(text: string): JsonValue | undefined {
  if (text !== last.text) last = { text, value: parse(text) };
  return last.value;
}

/** The document read last: a pure function's memory of one. */
let last: { readonly text: string; readonly value: JsonValue | undefined } = {
  text: "",
  value: undefined,
};

function parse(text: string): JsonValue | undefined {
  try {
    return new Reader(text).root();
  } catch (error) {
    if (error === MALFORMED) return undefined;
    throw error;
  }
}

const MALFORMED = Symbol("malformed JSON");
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const WORDS = [
  ["true", true],
  ["false", false],
  ["null", null],
] as const;
/** A character that may continue a word or a number that is no value then. */
const CONTINUES = /[\p{L}\p{Nd}\p{Pc}\p{Sc}]/u;
class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  root(): JsonValue {
    const value = this.#value(0);
    const next = this.#text.charAt(this.#at);
    // A number at the root must be followed by white space or nothing.
    if (value instanceof JsonNumber && next !== "" && !/[ \t\r\n]/.test(next)) throw MALFORMED;
    return value;
  }

  #value(depth: number): JsonValue {
    const next = this.#next();
    if (next === '"') return this.#string();
    if (next === "{" || next === "[") {
      if (depth >= JSON_DEPTH) throw MALFORMED;
      this.#at++;
      return next === "{" ? this.#object(depth + 1) : this.#array(depth + 1);
    }
    if (next === "-" || (next >= "0" && next <= "9")) return this.#number();
    const word = WORDS.find(([name]) => this.#text.startsWith(name, this.#at));
    if (word === undefined) throw MALFORMED;
    this.#at += word[0].length;
    if (CONTINUES.test(this.#text.charAt(this.#at))) throw MALFORMED;
    return word[1];
  }

  #number(): JsonNumber {
    NUMBER.lastIndex = this.#at;
    const match = NUMBER.exec(this.#text);
    if (match === null || match[0].length > JSON_NUMBER_CHARACTERS) throw MALFORMED;
    this.#at += match[0].length;
    const after = this.#text.charAt(this.#at);
    if (after === "." || CONTINUES.test(after)) throw MALFORMED;
    const exponent = Number(match[2]?.slice(1) ?? "0");
    if (Math.abs(exponent) >= 2 ** 31) throw MALFORMED;
    return new JsonNumber(match[0], match[1] === undefined && match[2] === undefined);
  }

  #object(depth: number): JsonValue {
    const members = new Map<string, JsonValue>();
    if (this.#ends("}")) return members;
    for (;;) {
      if (this.#next() !== '"') throw MALFORMED;
      const name = this.#string();
      if (this.#next() !== ":") throw MALFORMED;
      this.#at++;
      members.set(name, this.#value(depth));
      if (this.#ends("}")) return members;
      if (this.#next() !== ",") throw MALFORMED;
      this.#at++;
    }
  }

  #array(depth: number): JsonValue {
    const items: JsonValue[] = [];
    if (this.#ends("]")) return items;
    for (;;) {
      items.push(this.#value(depth));
      if (this.#ends("]")) return items;
      if (this.#next() !== ",") throw MALFORMED;
      this.#at++;
    }
  }

  /** Passes over `close` if it is next. */
  #ends(close: string): boolean {
    const isNext = this.#next() === close;
    if (isNext) this.#at++;
    return isNext;
  }

  #string(): string {
    const text = this.#text;
    let from = ++this.#at;
    let value = "";
    for (;;) {
      const unit = text.charCodeAt(this.#at);
      // NaN beyond the end, too.
      if (!(unit >= 0x20)) throw MALFORMED;
      if (unit === 0x22) break;
      if (unit !== 0x5c) {
        this.#at++;
        continue;
      }
      value += text.slice(from, this.#at) + this.#escape();
      from = this.#at;
    }
    value += text.slice(from, this.#at);
    this.#at++;
    return value;
  }

  #escape(): string {
    const letter = this.#text.charAt(this.#at + 1);
    if (letter !== "u") {
      const plain = ESCAPES[letter];
      if (plain === undefined) throw MALFORMED;
      this.#at += 2;
      return plain;
    }
    const digits = this.#text.slice(this.#at + 2, this.#at + 6);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw MALFORMED;
    this.#at += 6;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  /** Skips white space and gives the next character, "" at the end. */
  #next(): string {
    for (;;) {
      const next = this.#text.charAt(this.#at);
      if (next !== " " && next !== "\n" && next !== "\r" && next !== "\t") return next;
      this.#at++;
    }
  }
}
