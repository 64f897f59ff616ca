// LIKE, SIMILAR TO and regular expressions. Java's expressions are handed to JavaScript's engine, which reads the
// common part alike; what it refuses (possessive quantifiers, inline flags but at the start) counts as an invalid
// expression, for which Flink's functions give FALSE or NULL.

import type { SourcePosition } from "../../core/errors.ts";
import { dataError, quoted } from "../data-error.ts";
import type { CallShape, Implementation, ScalarTable } from "./implementation.ts";

/** The functions of this file. */
export const PATTERNS: ScalarTable = {
  LIKE: (shape) => matcher(shape, likeSource),
  SIMILAR: (shape) => matcher(shape, similarSource),
  REGEXP: regexp,
  REGEXP_REPLACE: (shape) => {
    const compile = memo(shape, 1, (text) => javaExpression(text, "g"));
    return {
      nullable: true,
      apply: (text: string, pattern: string, by: string) => {
        const expression = compile(pattern);
        return expression === undefined ? null : text.replace(expression, () => by);
      },
    };
  },
  REGEXP_EXTRACT: (shape) => {
    const compile = memo(shape, 1, (text) => javaExpression(text, ""));
    return {
      nullable: true,
      apply: (text: string, pattern: string, group?: number | bigint) =>
        compile(pattern)?.exec(text)?.[Number(group ?? 0)] ?? null,
    };
  },
};

function regexp(shape: CallShape): Implementation {
  const compile = memo(shape, 1, (text) => javaExpression(text, ""));
  return {
    apply: (text: string, pattern: string) =>
      pattern !== "" && (compile(pattern)?.test(text) ?? false),
  };
}

type Translate = (
  pattern: string,
  escape: string | undefined,
  position: SourcePosition | undefined,
) => string;

function matcher(shape: CallShape, translate: Translate): Implementation {
  const escape = shape.constants[2];
  let lastEscape = typeof escape === "string" ? escape : undefined;
  const compile = memo(
    shape,
    1,
    (pattern) => new RegExp(`^(?:${translate(pattern, lastEscape, shape.position)})$`, "su"),
  );
  return {
    apply: (text: string, pattern: string, escaping?: string) => {
      if (escaping !== lastEscape) {
        lastEscape = escaping;
        return new RegExp(`^(?:${translate(pattern, escaping, shape.position)})$`, "su").test(text);
      }
      return compile(pattern).test(text);
    },
  };
}

/** Compiles a literal pattern once, and keeps the last one of a column. */
function memo<T>(
  shape: CallShape,
  index: number,
  compile: (pattern: string) => T,
): (text: string) => T {
  const constant = shape.constants[index];
  let last = typeof constant === "string" ? constant : undefined;
  let compiled: T | undefined;
  return (pattern) => {
    if (compiled === undefined || pattern !== last) {
      compiled = compile(pattern);
      last = pattern;
    }
    return compiled;
  };
}

function likeSource(
  pattern: string,
  escape: string | undefined,
  position: SourcePosition | undefined,
): string {
  let source = "";
  const letters = Array.from(pattern);
  for (let index = 0; index < letters.length; index++) {
    const letter = letters[index] ?? "";
    if (letter === escape) {
      const next = letters[++index];
      if (next === undefined || (next !== "_" && next !== "%" && next !== escape)) {
        dataError(
          `the escape in LIKE pattern ${quoted(pattern)} stands before no wildcard`,
          position,
        );
      }
      source += literal(next ?? "");
    } else {
      source += letter === "%" ? ".*" : letter === "_" ? "." : literal(letter);
    }
  }
  return source;
}

/** SIMILAR TO: the wildcards of LIKE, and | * + ? { } ( ) [ ] as in regular expressions. */
function similarSource(pattern: string, escape: string | undefined): string {
  let source = "";
  let isInClass = false;
  const letters = Array.from(pattern);
  for (let index = 0; index < letters.length; index++) {
    const letter = letters[index] ?? "";
    if (letter === escape) {
      source += literal(letters[++index] ?? "");
    } else if (isInClass) {
      source += letter === "\\" ? "\\\\" : letter;
      if (letter === "]") isInClass = false;
    } else if (letter === "%" || letter === "_") {
      source += letter === "%" ? ".*" : ".";
    } else if (letter === "[") {
      isInClass = true;
      source += "[";
    } else {
      source += /[|*+?{}()]/.test(letter) ? letter : literal(letter);
    }
  }
  return source;
}

function literal(letter: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(letter) ? `\\${letter}` : letter;
}

function javaExpression(pattern: string, flags: string): RegExp | undefined {
  const inline = /^\(\?([ism]+)\)/.exec(pattern);
  const source = inline === null ? pattern : pattern.slice(inline[0].length);
  const all = flags + (inline?.[1] ?? "");
  // Unicode mode first; it refuses needless escapes that Java reads, such as \-.
  for (const mode of ["u", ""]) {
    try {
      return new RegExp(source, all + mode);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return undefined;
}
