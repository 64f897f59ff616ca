// The one list of what headrace binds but does not run, and of Flink's functions that it refuses by name.
// operators/ opens a construct by deleting its line here.

import type { Span, SourceText } from "./source.ts";

/** Constructs that the binder understands and operators/ does not run yet. */
const NOT_RUN_YET: Readonly<Record<string, readonly [what: string, hint: string | undefined]>> = {
  "bare-session": [
    "a SESSION window without GROUP BY is not supported yet",
    "Add GROUP BY window_start, window_end.",
  ],
  "open-cascade": [
    "a window over a windowing table function without GROUP BY is not supported",
    "Group the inner window by window_start, window_end and window_time.",
  ],
  "attached-window": [
    "grouping by window columns that were computed before is not supported yet",
    "Group by window_start and window_end in the SELECT that has the window in FROM, and use them only there.",
  ],
  "LISTAGG-session": [
    "LISTAGG in SESSION windows is not supported: Flink leaves open which of two sessions that merge comes first",
    "Use TUMBLE, HOP or CUMULATE.",
  ],
  "LISTAGG-distinct": [
    "LISTAGG(DISTINCT …) is not supported: Flink's order of the texts is that of a hash table",
    "Leave DISTINCT out, or count with COUNT(DISTINCT …).",
  ],
};

/** Whether operators/ runs a construct or function, by its key in the list above. */
export function runs(construct: string): boolean {
  return NOT_RUN_YET[construct] === undefined;
}

/** Refuses a construct that operators/ does not run yet. */
export function requireRuns(source: SourceText, span: Span, construct: string): void {
  const refused = NOT_RUN_YET[construct];
  if (refused !== undefined) throw source.unsupported(span, refused[0], refused[1]);
}

const WALL_CLOCK: readonly [string, string] = [
  "reads the wall clock, so that the same input would not give the same rows",
  "Use the event time, or the metadata column receive_time.",
];
const RANDOM: readonly [string, string] = [
  "is random, so that the same input would not give the same rows",
  "Leave it to the reader of the rows.",
];
const PROCESSING_TIME: readonly [string, string] = [
  "is processing time, which cannot be replayed",
  "Use event time: WATERMARK FOR a column of the payload.",
];
const GROUP_WINDOW: readonly [string, string] = [
  "is the old form of a window",
  "Write FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE) GROUP BY window_start, window_end.",
];
const COLLECTION: readonly [string, string | undefined] = ["works on collections", undefined];
const JSON_TEXT: readonly [string, string] = [
  "reads JSON inside a text",
  "Declare the fields as columns of the table.",
];

const REFUSED_FUNCTIONS: Readonly<Record<string, readonly [string, string | undefined]>> = {
  CURRENT_TIMESTAMP: WALL_CLOCK,
  CURRENT_TIME: WALL_CLOCK,
  CURRENT_DATE: WALL_CLOCK,
  CURRENT_ROW_TIMESTAMP: WALL_CLOCK,
  LOCALTIME: WALL_CLOCK,
  LOCALTIMESTAMP: WALL_CLOCK,
  NOW: WALL_CLOCK,
  PROCTIME: PROCESSING_TIME,
  RAND: RANDOM,
  RAND_INTEGER: RANDOM,
  UUID: RANDOM,
  TUMBLE: GROUP_WINDOW,
  HOP: GROUP_WINDOW,
  SESSION: GROUP_WINDOW,
  TUMBLE_START: GROUP_WINDOW,
  TUMBLE_END: GROUP_WINDOW,
  TUMBLE_ROWTIME: GROUP_WINDOW,
  HOP_START: GROUP_WINDOW,
  HOP_END: GROUP_WINDOW,
  HOP_ROWTIME: GROUP_WINDOW,
  SESSION_START: GROUP_WINDOW,
  SESSION_END: GROUP_WINDOW,
  SOURCE_WATERMARK: ["needs a source that makes watermarks", "Write ts - INTERVAL '5' SECOND."],
  GROUPING: ["stands where nothing is grouped", undefined],
  GROUPING_ID: ["stands where nothing is grouped", undefined],
  CARDINALITY: COLLECTION,
  ELEMENT: COLLECTION,
  COLLECT: COLLECTION,
  ARRAY_AGG: COLLECTION,
  STR_TO_MAP: COLLECTION,
  SPLIT: COLLECTION,
  JSON_STRING: JSON_TEXT,
  JSON_OBJECTAGG: JSON_TEXT,
  JSON_ARRAYAGG: JSON_TEXT,
  ROW_NUMBER: ["ranks rows", "Keep the greatest value with MAX."],
  RANK: ["ranks rows", "Keep the greatest value with MAX."],
  DENSE_RANK: ["ranks rows", "Keep the greatest value with MAX."],
  LAG: ["looks at other rows", undefined],
  LEAD: ["looks at rows to come", undefined],
};

/** The error for a function that Flink has and headrace refuses; undefined when it is not one of those. */
export function refusedFunction(source: SourceText, span: Span, name: string): Error | undefined {
  const refused = REFUSED_FUNCTIONS[name.toUpperCase()];
  if (refused === undefined) return undefined;
  return source.unsupported(
    span,
    `${name.toUpperCase()} is not supported: it ${refused[0]}`,
    refused[1],
  );
}
