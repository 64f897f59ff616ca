// LIKE, SIMILAR TO and regular expressions. The binder has let through only patterns that core/pattern runs, and those
// that Java refuses, too: for these Flink's functions give NULL, or FALSE.

import { matchesLike, parseLike, type LikePattern } from "../../core/pattern/like.ts";
import { StepsExceeded } from "../../core/pattern/matcher.ts";
import { compilePattern, compileSimilar, type Pattern } from "../../core/pattern/pattern.ts";
import type { SqlValue } from "../../core/types.ts";
import { dataError, quoted } from "../data-error.ts";
import type { CallShape, Implementation, ScalarTable } from "./implementation.ts";
import { boundLength, wellFormed } from "./text-rules.ts";

/** The functions of this file. */
export const PATTERNS: ScalarTable = {
  LIKE: like,
  "SIMILAR TO": (shape) => {
    const escape = shape.constants[2];
    const pattern = constantPattern(shape, (text) =>
      compileSimilar(text, typeof escape === "string" ? escape : undefined),
    );
    return withRegex(shape, pattern, (regex) => (text: string) => regex.test(text));
  },
  REGEXP: (shape) => {
    const isEmpty = shape.constants[1] === "";
    const regex = constantPattern(shape, (text) => compilePattern(text));
    // Flink says that no text has a match of the empty pattern, or of one that is none.
    if (isEmpty || regex === undefined) return { apply: () => false };
    return withRegex(shape, regex, (found) => (text: string) => found.test(text));
  },
  REGEXP_COUNT: (shape) =>
    regexFunction(shape, (regex) => (text: string) => regex.findAll(text).length),
  REGEXP_INSTR: (shape) =>
    regexFunction(shape, (regex) => (text: string) => (regex.find(text)?.start ?? -1) + 1),
  REGEXP_SUBSTR: (shape) =>
    regexFunction(shape, (regex) => (text: string) => {
      const match = regex.find(text);
      return match === undefined ? null : wellFormed(text.slice(match.start, match.end));
    }),
  REGEXP_REPLACE: (shape) => regexFunction(shape, replaceAll),
  REGEXP_EXTRACT: (shape) =>
    groupFunction(shape, 0, (regex, text, isWhole) => {
      const match = regex.find(text);
      return match === undefined ? null : partOf(text, match, isWhole);
    }),
  REGEXP_EXTRACT_ALL: (shape) =>
    groupFunction(shape, 1, (regex, text, isWhole) =>
      regex.findAll(text).map((match) => partOf(text, match, isWhole)),
    ),
};

function like(shape: CallShape): Implementation {
  const [, constant, constantEscape] = shape.constants;
  const isFixed =
    typeof constant === "string" && (shape.constants.length < 3 || constantEscape !== undefined);
  if (!isFixed) return dynamicLike(shape);
  const pattern = readLike(constant, constantEscape as string | undefined, shape);
  const apply = withBudget(shape, (text: string) => matchesLike(pattern, text));
  switch (pattern.kind) {
    case "equal":
      return { apply, inline: ([text], use) => `${text} === ${use(pattern.text)}` };
    case "prefix":
      return { apply, inline: ([text], use) => `${text}.startsWith(${use(pattern.text)})` };
    case "suffix":
      return { apply, inline: ([text], use) => `${text}.endsWith(${use(pattern.text)})` };
    default:
      return { apply };
  }
}

/** The pattern comes with the row; that of the row before is kept. */
function dynamicLike(shape: CallShape): Implementation {
  let last:
    | { readonly pattern: string; readonly escape: string | undefined; readonly read: LikePattern }
    | undefined;
  return {
    apply: withBudget(shape, (text: string, pattern: string, escape?: string) => {
      if (last === undefined || last.pattern !== pattern || last.escape !== escape) {
        last = { pattern, escape, read: readLike(pattern, escape, shape) };
      }
      return matchesLike(last.read, text);
    }),
  };
}

function readLike(pattern: string, escape: string | undefined, shape: CallShape): LikePattern {
  if (escape !== undefined && escape.length > 1) {
    dataError(`the escape ${quoted(escape)} is more than one character`, shape.position);
  }
  const read = parseLike(pattern, escape === "" ? undefined : escape);
  if (read !== undefined) return read;
  return dataError(
    `the escape in LIKE pattern ${quoted(pattern)} stands before no wildcard`,
    shape.position,
  );
}

/** The pattern of a literal; undefined for one that Java refuses, and for NULL. */
function constantPattern(
  shape: CallShape,
  compile: (text: string) => ReturnType<typeof compilePattern>,
): Pattern | undefined {
  const text = shape.constants[1];
  if (typeof text !== "string") return undefined;
  const compiled = compile(text);
  return compiled.ok ? compiled.pattern : undefined;
}

/** NULL for all rows without a pattern. */
function regexFunction(
  shape: CallShape,
  make: (regex: Pattern) => Implementation["apply"],
): Implementation {
  return withRegex(
    shape,
    constantPattern(shape, (text) => compilePattern(text)),
    make,
  );
}

function withRegex(
  shape: CallShape,
  regex: Pattern | undefined,
  make: (regex: Pattern) => Implementation["apply"],
): Implementation {
  if (regex === undefined) return { nullable: true, apply: () => null };
  return { nullable: true, apply: withBudget(shape, make(regex)) };
}

type Part = (regex: Pattern, text: string, isWhole: boolean) => SqlValue;

/** A function of a group, by default `otherwise`; NULL for a group that the pattern does not have. */
function groupFunction(shape: CallShape, otherwise: number, part: Part): Implementation {
  const text = shape.constants[1];
  const whole = constantPattern(shape, (pattern) => compilePattern(pattern));
  if (typeof text !== "string" || whole === undefined) return { nullable: true, apply: () => null };
  const byGroup = new Map<number, Pattern>([[0, whole]]);
  const regexOf = (group: number): Pattern => {
    const kept = byGroup.get(group);
    if (kept !== undefined) return kept;
    const compiled = compilePattern(text, group);
    const regex = compiled.ok ? compiled.pattern : whole;
    byGroup.set(group, regex);
    return regex;
  };
  return {
    nullable: true,
    apply: withBudget(shape, (subject: string, _: string, group = otherwise) =>
      group < 0 || group > whole.groups ? null : part(regexOf(group), subject, group === 0),
    ),
  };
}

interface Bounds {
  readonly start: number;
  readonly end: number;
  readonly groupStart: number;
  readonly groupEnd: number;
}

/** The text of the match or of the group; NULL for a group that took no part. */
function partOf(text: string, match: Bounds, isWhole: boolean): string | null {
  if (isWhole) return wellFormed(text.slice(match.start, match.end));
  return match.groupStart < 0 ? null : wellFormed(text.slice(match.groupStart, match.groupEnd));
}

/** The replacement is taken as it stands: no $1. */
function replaceAll(regex: Pattern): Implementation["apply"] {
  return (text: string, _: string, by: string) => {
    let result = "";
    let from = 0;
    for (const { start, end } of regex.findAll(text)) {
      result += text.slice(from, start) + by;
      boundLength(result.length);
      from = end;
    }
    return wellFormed(result + text.slice(from));
  };
}

/** A search that takes too long is a data error: one row must not hold up all others. */
function withBudget<A extends never[]>(
  shape: CallShape,
  apply: (...values: A) => SqlValue,
): (...values: A) => SqlValue {
  return (...values) => {
    try {
      return apply(...values);
    } catch (error) {
      if (error instanceof StepsExceeded) {
        dataError("matching this text against the pattern takes too long", shape.position);
      }
      throw error;
    }
  };
}
