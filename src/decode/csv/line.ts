// A line of CSV cut into fields, as Jackson's CSV cuts it (which Flink's `csv` format is):
//
//   - a field is quoted if its first character is the quote (with trim-spaces: its first that is not blank); within, a
//     doubled quote is a quote, and line breaks are characters; blanks behind the closing quote are passed over
//   - elsewhere a quote is a character
//   - \r, \n and \r\n end a line
//   - the escape character, where there is one, takes the next character as it is; n, r, t and 0 are what C makes of them

import type { CsvDialect } from "../../core/format/csv-dialect.ts";
import { CSV_FIELDS } from "../../core/limits.ts";

const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;
const HASH = 0x23;
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", "0": "\0" };

/** The fields of the line that was read last. */
export class CsvLine {
  count = 0;
  /** Where the next line begins. */
  next = 0;
  /** Why the last line could not be cut; "" when it could. */
  reason = "";
  failedAt = 0;
  readonly #delimiter: number;
  readonly #quote: number;
  readonly #escape: number;
  readonly #hasComments: boolean;
  readonly #trims: boolean;
  #text = "";
  /** Of each field: [from, to) of the text, or the text itself where it had quotes or escapes within. */
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  readonly #made: (string | undefined)[] = [];

  constructor(dialect: CsvDialect) {
    this.#delimiter = dialect.delimiter.charCodeAt(0);
    this.#quote = dialect.quote?.charCodeAt(0) ?? -1;
    this.#escape = dialect.escape?.charCodeAt(0) ?? -1;
    this.#hasComments = dialect.hasComments;
    this.#trims = dialect.trimsSpaces;
  }

  /** Cuts the line that begins at `start`; false with a reason, or without one when there is no more. */
  read(text: string, start: number): boolean {
    this.#text = text;
    this.reason = "";
    this.failedAt = start;
    this.count = 0;
    let pos = this.#hasComments ? passComments(text, start) : start;
    if (pos >= text.length) {
      this.next = pos;
      return false;
    }
    for (;;) {
      pos = this.#field(pos);
      if (pos < 0) return false;
      const code = text.charCodeAt(pos);
      if (code !== this.#delimiter || pos >= text.length) {
        this.next = afterBreak(text, pos);
        return true;
      }
      pos++;
      if (this.count >= CSV_FIELDS) return this.#fail(`more than ${CSV_FIELDS} fields`, pos) > 0;
    }
  }

  /** The text of field `index`. */
  field(index: number): string {
    return this.#made[index] ?? this.#text.slice(this.#from[index], this.#to[index]);
  }

  /** Where field `index` begins in the text, quotes left out. */
  start(index: number): number {
    return this.#from[index] ?? 0;
  }

  /** Where field `index` ends; -1 when its text is not a piece of the line. */
  end(index: number): number {
    return this.#made[index] === undefined ? (this.#to[index] ?? 0) : -1;
  }

  /** Cuts one field; gives where it ended: at a delimiter, a line break or the end. -1 with a reason. */
  #field(start: number): number {
    const text = this.#text;
    let pos = start;
    if (this.#trims) while (isBlank(text, pos, this.#delimiter)) pos++;
    if (pos < text.length && text.charCodeAt(pos) === this.#quote) return this.#quoted(pos + 1);
    const from = pos;
    let made: string | undefined;
    let done = from;
    for (; pos < text.length; pos++) {
      const code = text.charCodeAt(pos);
      if (code === this.#delimiter || code === LF || code === CR) break;
      if (code !== this.#escape) continue;
      if (pos + 1 >= text.length) return this.#fail("an escape without a character", pos);
      made = (made ?? "") + text.slice(done, pos) + unescaped(text, pos + 1);
      done = pos + 2;
      pos++;
    }
    let to = pos;
    if (made !== undefined) made += text.slice(done, pos);
    if (this.#trims) {
      made = made?.trimEnd();
      while (to > from && text.charCodeAt(to - 1) <= SPACE) to--;
    }
    this.#add(from, to, made);
    return pos;
  }

  #quoted(from: number): number {
    const text = this.#text;
    let made: string | undefined;
    let done = from;
    let pos = from;
    for (; ; pos++) {
      if (pos >= text.length) return this.#fail("a quoted field does not end", from - 1);
      const code = text.charCodeAt(pos);
      if (code === this.#quote) {
        if (text.charCodeAt(pos + 1) !== this.#quote) break;
        made = (made ?? "") + text.slice(done, pos + 1);
        done = pos + 2;
        pos++;
      } else if (code === this.#escape) {
        if (pos + 1 >= text.length) return this.#fail("an escape without a character", pos);
        made = (made ?? "") + text.slice(done, pos) + unescaped(text, pos + 1);
        done = pos + 2;
        pos++;
      }
    }
    this.#add(from, pos, made === undefined ? undefined : made + text.slice(done, pos));
    pos++;
    while (isBlank(text, pos, this.#delimiter)) pos++;
    if (pos >= text.length) return pos;
    const code = text.charCodeAt(pos);
    if (code === this.#delimiter || code === LF || code === CR) return pos;
    return this.#fail("text behind a quoted field", pos);
  }

  #add(from: number, to: number, made: string | undefined): void {
    this.#from[this.count] = from;
    this.#to[this.count] = to;
    this.#made[this.count] = made;
    this.count++;
  }

  #fail(reason: string, pos: number): -1 {
    this.reason = reason;
    this.failedAt = pos;
    return -1;
  }
}

/** Blank, and neither the delimiter nor a line's end. */
function isBlank(text: string, pos: number, delimiter: number): boolean {
  if (pos >= text.length) return false;
  const code = text.charCodeAt(pos);
  return code <= SPACE && code !== delimiter && code !== LF && code !== CR;
}

function unescaped(text: string, pos: number): string {
  const character = text.charAt(pos);
  return ESCAPES[character] ?? character;
}

/** Passes over what is blank, line breaks too, and over lines that begin with # after it. */
function passComments(text: string, start: number): number {
  let pos = start;
  for (;;) {
    while (pos < text.length && text.charCodeAt(pos) <= SPACE) pos++;
    if (text.charCodeAt(pos) !== HASH) return pos;
    while (pos < text.length && text.charCodeAt(pos) !== LF && text.charCodeAt(pos) !== CR) pos++;
  }
}

function afterBreak(text: string, pos: number): number {
  if (pos >= text.length) return pos;
  return text.charCodeAt(pos) === CR && text.charCodeAt(pos + 1) === LF ? pos + 2 : pos + 1;
}
