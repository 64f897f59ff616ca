// The text of one SQL file, and the errors that point into it. A span is a half-open range of character
// offsets; lines and columns are computed only when something has to be shown.

import { GatewayError, type SourcePosition } from "../core/errors.ts";

/** Half-open range of character offsets. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The span from the beginning of `from` to the end of `to`. */
export function cover(from: Span, to: Span): Span {
  return { start: from.start, end: to.end };
}

/** One SQL file in memory. */
export class SourceText {
  readonly file: string;
  readonly text: string;
  #lineStarts: number[] | undefined;

  constructor(text: string, file: string) {
    this.text = text;
    this.file = file;
  }

  /** Line and column (from 1) of a span; the length is cut at the end of its first line. */
  position(span: Span): SourcePosition {
    const starts = (this.#lineStarts ??= lineStarts(this.text));
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= span.start) low = middle;
      else high = middle - 1;
    }
    const lineStart = starts[low] ?? 0;
    const newline = this.text.indexOf("\n", lineStart);
    const lineEnd = newline < 0 ? this.text.length : newline;
    return {
      file: this.file,
      line: low + 1,
      column: span.start - lineStart + 1,
      length: Math.max(1, Math.min(span.end, lineEnd) - span.start),
      excerpt: this.text.slice(lineStart, lineEnd).replace(/\r$/, ""),
    };
  }

  /** The text of a span. */
  slice(span: Span): string {
    return this.text.slice(span.start, span.end);
  }

  /** The text is not SQL. */
  syntax(span: Span, message: string, hint?: string): GatewayError {
    return this.#error("SQL_SYNTAX", span, message, hint);
  }

  /** It is SQL, but Flink would refuse it: unknown names, wrong types, illegal combinations. */
  invalid(span: Span, message: string, hint?: string): GatewayError {
    return this.#error("SQL_INVALID", span, message, hint);
  }

  /** Flink may accept it; headrace does not. */
  unsupported(span: Span, message: string, hint?: string): GatewayError {
    return this.#error("SQL_UNSUPPORTED", span, message, hint);
  }

  #error(
    code: "SQL_SYNTAX" | "SQL_INVALID" | "SQL_UNSUPPORTED",
    span: Span,
    message: string,
    hint: string | undefined,
  ): GatewayError {
    const position = this.position(span);
    return new GatewayError(message, {
      code,
      blame: "config",
      position,
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

/** ` Did you mean "x"?` for the nearest of `names`, or undefined when none is near. */
export function didYouMean(name: string, names: Iterable<string>): string | undefined {
  let best: string | undefined;
  // A single letter is near to every other one.
  let bestDistance = name.length < 2 ? 1 : Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of names) {
    const distance =
      candidate.toLowerCase() === name.toLowerCase() ? 0 : editDistance(name, candidate);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best === undefined ? undefined : `Did you mean "${best}"?`;
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

/** Levenshtein distance, case-insensitive; names longer than 64 characters count as far apart. */
function editDistance(left: string, right: string): number {
  if (left.length > 64 || right.length > 64) return Number.POSITIVE_INFINITY;
  const a = left.toLowerCase();
  const b = right.toLowerCase();
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
