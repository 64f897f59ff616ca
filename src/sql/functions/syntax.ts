// What `headrace functions` says of expressions with a syntax of their own: the binder writes them in other terms, or
// the plan has a node for them.

import type { FunctionDescription } from "./spec.ts";

export const SYNTAX_DESCRIPTIONS: readonly FunctionDescription[] = [
  {
    id: "BETWEEN",
    category: "comparison",
    syntax: ["value [NOT] BETWEEN [ASYMMETRIC | SYMMETRIC] low AND high"],
    description:
      "Whether a value lies between two others, both included; SYMMETRIC in either order.",
  },
  {
    id: "CASE",
    category: "conditional",
    syntax: [
      "CASE WHEN condition THEN value … [ELSE value] END",
      "CASE value WHEN value, … THEN value … [ELSE value] END",
    ],
    description: "The value of the first condition that is TRUE; NULL without ELSE.",
  },
  {
    id: "CAST",
    category: "conversion",
    syntax: ["CAST(value AS type)"],
    description: "A value as another type; text that is no such value fails the row.",
  },
  {
    id: "TRY_CAST",
    category: "conversion",
    syntax: ["TRY_CAST(value AS type)"],
    description: "As CAST, but NULL where CAST fails.",
  },
  {
    id: "CURRENT_WATERMARK",
    category: "temporal",
    syntax: ["CURRENT_WATERMARK(rowtime)"],
    description: "The watermark before this row; NULL as long as there is none.",
  },
];
