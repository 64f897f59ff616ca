// Matching text against patterns: LIKE, SIMILAR TO and regular expressions.

import { BOOLEAN, STRING } from "../types.ts";
import { always, defineFunction, type ScalarFunction } from "./spec.ts";

/** A matching operator with an optional ESCAPE of one character. */
function matching(id: "LIKE" | "SIMILAR", syntax: string, description: string): ScalarFunction {
  const checked = defineFunction({
    id,
    names: [],
    category: "comparison",
    syntax: [syntax],
    description,
    parameters: ["text", "text", "text"],
    optional: 1,
    result: always(BOOLEAN),
  });
  return {
    ...checked,
    bind(site) {
      const escape = site.arguments[2];
      if (escape?.kind === "literal" && typeof escape.value === "string") {
        if (escape.value.length !== 1) throw site.fail(2, "ESCAPE takes one character");
      }
      return checked.bind(site);
    },
  };
}

const LIKE_NOTE = "% stands for any text, _ for one character.";

export const PATTERN_FUNCTIONS: readonly ScalarFunction[] = [
  matching(
    "LIKE",
    "text [NOT] LIKE pattern [ESCAPE character]",
    `Whether a text matches a pattern. ${LIKE_NOTE}`,
  ),
  matching(
    "SIMILAR",
    "text [NOT] SIMILAR TO pattern [ESCAPE character]",
    `Whether a text matches an SQL regular expression. ${LIKE_NOTE}`,
  ),
  defineFunction({
    id: "REGEXP",
    category: "text",
    syntax: ["REGEXP(text, pattern)"],
    description: "Whether a part of a text matches a regular expression.",
    parameters: ["text", "text"],
    result: always(BOOLEAN),
  }),
  defineFunction({
    id: "REGEXP_REPLACE",
    category: "text",
    syntax: ["REGEXP_REPLACE(text, pattern, replacement)"],
    description: "With every match of a regular expression replaced.",
    parameters: ["text", "text", "text"],
    result: always(STRING),
  }),
  defineFunction({
    id: "REGEXP_EXTRACT",
    category: "text",
    syntax: ["REGEXP_EXTRACT(text, pattern[, group])"],
    description: "A group of the first match of a regular expression; NULL without a match.",
    parameters: ["text", "text", "integer"],
    optional: 1,
    result: always(STRING),
    nullable: "always",
  }),
];
