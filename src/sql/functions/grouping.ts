// GROUPING and GROUPING_ID: which keys the grouping set of a row leaves out; GROUP_ID tells equal sets apart. The binder writes them as CASE over the
// set's number (binder/grouping-calls.ts).

import type { FunctionDescription } from "./spec.ts";

/** What `headrace functions` says of them. */
export const GROUPING_FUNCTIONS: readonly FunctionDescription[] = [
  {
    id: "GROUPING",
    category: "aggregate",
    syntax: ["GROUPING(key)"],
    description: "1 where the row's grouping set leaves the key out, else 0.",
  },
  {
    id: "GROUPING_ID",
    category: "aggregate",
    syntax: ["GROUPING_ID(key, key, …)"],
    description: "GROUPING of each key as one bit of a number, the last key lowest.",
  },
  {
    id: "GROUP_ID",
    category: "aggregate",
    syntax: ["GROUP_ID()"],
    description: "0: it numbers equal grouping sets, which are refused.",
  },
];
