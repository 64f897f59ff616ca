// [ … ]: characters, ranges, nested classes, && for intersections, ^ for the complement of the whole.

import { foldedRange, singleSet } from "./case-fold.ts";
import { complement, intersection, union, type CharSet } from "./char-set.ts";
import type { PatternCursor } from "./cursor.ts";
import { readEscape } from "./escapes.ts";
import { unsupportedPattern } from "./problem.ts";
import type { PatternFlags } from "./flags.ts";

/** Reads a class and its closing bracket; the cursor stands on the opening one. */
export function readClass(cursor: PatternCursor, flags: PatternFlags): CharSet {
  const { at } = cursor;
  cursor.take();
  const isNegated = cursor.accept("^");
  const set = readOperands(cursor, flags, at);
  cursor.take();
  return isNegated ? complement(set) : set;
}

/** Operands of && up to the closing bracket, which stays. */
function readOperands(cursor: PatternCursor, flags: PatternFlags, start: number): CharSet {
  let set = readUnion(cursor, flags, start);
  while (cursor.accept("&&")) {
    if (cursor.peek() === "&" || cursor.peek() === "]") {
      throw unsupportedPattern("&& without an operand", cursor.at);
    }
    set = intersection(set, readUnion(cursor, flags, start));
  }
  return set;
}

/** Members up to && or the closing bracket; the first member may be a bracket itself. */
function readUnion(cursor: PatternCursor, flags: PatternFlags, start: number): CharSet {
  let set: CharSet | undefined;
  for (;;) {
    if (cursor.isAtEnd) throw cursor.invalid("a character class is not closed", start);
    const next = cursor.peek();
    if (set !== undefined && next === "]") return set;
    if (next === "&" && cursor.peek(1) === "&") {
      if (set === undefined) throw unsupportedPattern("&& without an operand", cursor.at);
      return set;
    }
    const member = next === "[" ? readClass(cursor, flags) : readMember(cursor, flags);
    set = set === undefined ? member : union(set, member);
  }
}

/** A character, a range, or an escaped set. */
function readMember(cursor: PatternCursor, flags: PatternFlags): CharSet {
  const { at } = cursor;
  const first = readEnd(cursor, flags, false);
  if (typeof first !== "number") return first;
  const after = cursor.peek(1);
  if (cursor.peek() !== "-" || after === "]" || after === "[") return singleSet(first, flags);
  cursor.take();
  if (cursor.isAtEnd) throw cursor.invalid("a character class is not closed", at);
  const last = readEnd(cursor, flags, true);
  if (typeof last !== "number" || last < first) {
    throw cursor.invalid("a range of characters runs backwards", at);
  }
  return foldedRange(first, last, flags);
}

function readEnd(cursor: PatternCursor, flags: PatternFlags, isLast: boolean): number | CharSet {
  if (cursor.peek() !== "\\") return cursor.take() ?? 0;
  const isRangeEnd = isLast || cursor.peek(2) === "-";
  const escape = readEscape(cursor, { isInClass: true, isRangeEnd, flags });
  if (escape.kind === "assert") throw new RangeError("no test stands in a class");
  return escape.kind === "character" ? escape.code : escape.set;
}
