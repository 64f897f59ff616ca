// Matching text against patterns: LIKE, SIMILAR TO and regular expressions. All but LIKE take their pattern as a
// literal, so that what cannot be matched in linear time is refused while planning.

import { parseLike } from "../../core/pattern/like.ts";
import {
  compilePattern,
  compileSimilar,
  type CompiledPattern,
} from "../../core/pattern/pattern.ts";
import type { Expression } from "../plan.ts";
import { BOOLEAN, INTEGER, STRING, withNullable } from "../types.ts";
import { composedText } from "./composed-text.ts";
import {
  always,
  cast,
  checkedFunction,
  type CallSite,
  type FunctionOptions,
  type ScalarFunction,
} from "./spec.ts";

const LIKE_NOTE = "% stands for any text, _ for one character.";

const LIKE: ScalarFunction = checkedFunction(
  {
    id: "LIKE",
    names: [],
    category: "comparison",
    syntax: ["text [NOT] LIKE pattern [ESCAPE character]"],
    description: `Whether a text matches a pattern. ${LIKE_NOTE}`,
    parameters: ["text", "text", "text"],
    optional: 1,
    result: always(BOOLEAN),
  },
  (site) => {
    const pattern = textOf(site.arguments[1]);
    const escape = textOf(site.arguments[2]);
    if (escape !== undefined && escape.length > 1) throw site.fail(2, "ESCAPE takes one character");
    if (pattern === undefined || (site.arguments.length > 2 && escape === undefined)) return;
    if (parseLike(pattern, escape === "" ? undefined : escape) !== undefined) return;
    throw site.fail(1, "the escape must stand before %, _ or itself");
  },
);

const SIMILAR: ScalarFunction = composing(
  {
    id: "SIMILAR TO",
    names: [],
    category: "comparison",
    syntax: ["text [NOT] SIMILAR TO pattern [ESCAPE character]"],
    description: `Whether a text matches an SQL regular expression, a literal. ${LIKE_NOTE}`,
    parameters: ["text", "text", "text"],
    optional: 1,
    result: always(BOOLEAN),
  },
  (site) => {
    const pattern = literalPattern(site);
    const escape = site.arguments[2];
    if (escape !== undefined && escape.kind !== "literal") throw notLiteral(site, 2);
    if (pattern === undefined) return;
    const compiled = compileSimilar(pattern, textOf(escape));
    if (!compiled.ok) throw refusal(site, pattern, compiled);
  },
);

/** A function of a text and a regular expression. */
function regex(
  options: Omit<FunctionOptions, "category" | "parameters"> & {
    readonly more?: FunctionOptions["parameters"];
  },
): ScalarFunction {
  const { more = [], ...rest } = options;
  return composing({ ...rest, category: "text", parameters: ["text", "text", ...more] }, (site) => {
    const pattern = literalPattern(site);
    if (pattern !== undefined) requireLinear(site, pattern, 0);
  });
}

/** The same with the number of a group, which must be one whose text the pattern defines. */
function groupRegex(
  options: Omit<FunctionOptions, "category" | "parameters">,
  otherwise: number,
): ScalarFunction {
  const whole: FunctionOptions = {
    ...options,
    category: "text",
    parameters: ["text", "text", "integer"],
    optional: 1,
    nullable: "always",
  };
  return composing(whole, (site) => {
    const pattern = literalPattern(site);
    if (pattern === undefined) return;
    const groups = requireLinear(site, pattern, 0);
    const group = site.arguments[2];
    const asked = group?.kind === "literal" ? Number(group.value ?? 0) : undefined;
    const isFixed = group === undefined || asked !== undefined;
    for (let each = 1; each <= groups; each++) {
      if (!isFixed || each === (asked ?? otherwise)) requireLinear(site, pattern, each);
    }
  });
}

/** Patterns may be composed of literals. Where the result may be NULL, so may a bare NULL be an argument. */
function composing(options: FunctionOptions, check: (site: CallSite) => void): ScalarFunction {
  const checked = checkedFunction(options, check);
  return {
    ...checked,
    bind: (site) => checked.bind({ ...site, arguments: site.arguments.map(prepared) }),
  };

  function prepared(argument: Expression, index: number): Expression {
    if (argument.type.kind !== "NULL" || options.nullable !== "always")
      return composedText(argument);
    const type = options.parameters[index] === "integer" ? INTEGER : STRING;
    return cast(argument, withNullable(type, true));
  }
}

/** A text literal's value; undefined for NULL and for everything else. */
function textOf(argument: Expression | undefined): string | undefined {
  return argument?.kind === "literal" && typeof argument.value === "string"
    ? argument.value
    : undefined;
}

/** The pattern, the second argument; undefined for a literal NULL. */
function literalPattern(site: CallSite): string | undefined {
  if (site.arguments[1]?.kind !== "literal") throw notLiteral(site, 1);
  return textOf(site.arguments[1]);
}

function notLiteral(site: CallSite, argument: number): Error {
  return site.unsupported(
    argument,
    `the ${argument === 1 ? "pattern" : "escape"} of ${site.name} must be a text literal`,
    "Patterns are compiled while planning, so that no row can bring one that takes for ever.",
  );
}

/** Gives the number of groups. What Java refuses, too, passes: Flink's functions give NULL or FALSE for it. */
function requireLinear(site: CallSite, pattern: string, group: number): number {
  const compiled = compilePattern(pattern, group);
  if (compiled.ok) return compiled.pattern.groups;
  if (compiled.problem.kind === "invalid") return 0;
  throw refusal(site, pattern, compiled);
}

function refusal(
  site: CallSite,
  pattern: string,
  compiled: CompiledPattern & { ok: false },
): Error {
  const { message, at, hint } = compiled.problem;
  const rest = pattern.slice(at, at + 10);
  const where = rest === "" ? "at its end" : `at character ${at + 1} (${rest})`;
  return site.unsupported(1, `the pattern has, ${where}, ${message}: not supported`, hint);
}

export const PATTERN_FUNCTIONS: readonly ScalarFunction[] = [
  LIKE,
  SIMILAR,
  regex({
    id: "REGEXP",
    syntax: ["REGEXP(text, pattern)"],
    description: "Whether a part of a text matches a regular expression.",
    result: always(BOOLEAN),
  }),
  regex({
    id: "REGEXP_COUNT",
    syntax: ["REGEXP_COUNT(text, pattern)"],
    description: "Number of matches of a regular expression.",
    result: always(INTEGER),
    nullable: "always",
  }),
  regex({
    id: "REGEXP_INSTR",
    syntax: ["REGEXP_INSTR(text, pattern)"],
    description: "Where the first match of a regular expression begins, from 1; 0 without a match.",
    result: always(INTEGER),
    nullable: "always",
  }),
  regex({
    id: "REGEXP_SUBSTR",
    syntax: ["REGEXP_SUBSTR(text, pattern)"],
    description: "The first match of a regular expression; NULL without a match.",
    result: always(STRING),
    nullable: "always",
  }),
  regex({
    id: "REGEXP_REPLACE",
    syntax: ["REGEXP_REPLACE(text, pattern, replacement)"],
    description: "With every match of a regular expression replaced.",
    more: ["text"],
    result: always(STRING),
  }),
  groupRegex(
    {
      id: "REGEXP_EXTRACT",
      syntax: ["REGEXP_EXTRACT(text, pattern[, group])"],
      description:
        "A group (0: all) of the first match of a regular expression; NULL without a match.",
      result: always(STRING),
    },
    0,
  ),
  groupRegex(
    {
      id: "REGEXP_EXTRACT_ALL",
      syntax: ["REGEXP_EXTRACT_ALL(text, pattern[, group])"],
      description: "A group (1) of every match of a regular expression.",
      result: always({ kind: "ARRAY", element: STRING, nullable: true }),
    },
    1,
  ),
];
