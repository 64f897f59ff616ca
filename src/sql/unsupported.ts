// The one list of what headrace binds but does not run, and of Flink's functions that it refuses by name.
// operators/ opens a construct by deleting its line here.

import { GatewayError, type SourcePosition } from "../core/errors.ts";
import type { Span, SourceText } from "./source.ts";

/** Constructs that the binder understands and operators/ does not run yet. */
const NOT_RUN_YET: Readonly<Record<string, readonly [what: string, hint: string | undefined]>> = {
  "open-cascade": [
    "Flink cannot group a window over the rows of a windowing table function that nothing has grouped",
    "Group the inner window by window_start, window_end and window_time.",
  ],
  "undecided-average": [
    "AVG beside COUNT of the same above another grouping: Flink may add up in the type of the values, where the sum overflows or loses digits",
    "CAST the argument of AVG to BIGINT or DOUBLE.",
  ],
  "undecided-window": [
    "whether Flink puts a window together from parts beside an aggregate that nothing reads hangs on the other columns, and shows in its rows",
    "Leave out the aggregate that nothing reads.",
  ],
  "window-field": [
    "Flink confuses a field of a row that holds a column of the window with another column",
    "Write the column of the window without ROW( … ).",
  ],
  "hidden-key": [
    "an aggregate of a key that GROUP BY writes in another way is the key itself to Flink, and then computes others otherwise",
    "Write the key in the aggregate as it stands in GROUP BY.",
  ],
  "session-of-open-window": [
    "Flink confuses the window_time of a windowing table function with that of the SESSION above it",
    "Group the inner window by window_start, window_end and window_time.",
  ],
};

/** Whether operators/ runs a construct or function, by its key in the list above. */
export function runs(construct: string): boolean {
  return NOT_RUN_YET[construct] === undefined;
}

/** Refuses a construct that only the plan shows, by its key in the list above, if it is there. Throws SQL_UNSUPPORTED. */
export function refuseConstruct(construct: string, position: SourcePosition): void {
  const refused = NOT_RUN_YET[construct];
  if (refused === undefined) return;
  const [message, hint = ""] = refused;
  throw new GatewayError(message, { code: "SQL_UNSUPPORTED", blame: "config", position, hint });
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
  "stands outside GROUP BY",
  "Write FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE) GROUP BY window_start, window_end.",
];
const SESSION: readonly [string, string] = [
  "reads the session, which a gateway does not have",
  "Write the value itself.",
];
const INTERNAL: readonly [string, string | undefined] = [
  "is internal to Flink and not documented",
  undefined,
];
const MODEL: readonly [string, string] = ["runs a model", "Do it in the cluster."];
const WINDOW_COLUMN: readonly [string, string] = [
  "stands where no window is grouped",
  "Write GROUP BY TUMBLE(ts, INTERVAL '1' MINUTE), and the same arguments here.",
];
const BITMAP: readonly [string, string] = [
  "works on the type BITMAP, which headrace has not",
  "Collect the values with COLLECT or ARRAY_AGG.",
];
const VARIANT: readonly [string, string] = [
  "works on the type VARIANT, which headrace has not",
  "Keep the text and read it with JSON_VALUE and JSON_QUERY.",
];
const OBJECT: readonly [string, string] = [
  "makes an object of a Java class",
  "Use ROW( … ), or JSON_OBJECT( … ) for text.",
];
const RANKING: readonly [string, string] = [
  "needs OVER, also in Flink",
  "Keep the greatest value with MAX.",
];

/** Functions that have their place elsewhere. */
const MISPLACED_FUNCTIONS: Readonly<Record<string, readonly [string, string | undefined]>> = {
  TUMBLE: GROUP_WINDOW,
  HOP: GROUP_WINDOW,
  SESSION: GROUP_WINDOW,
  CUMULATE: [
    "is no window of GROUP BY",
    "Write FROM CUMULATE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '1' HOUR) GROUP BY window_start, window_end.",
  ],
  ...Object.fromEntries(
    ["TUMBLE", "HOP", "SESSION"].flatMap((window) =>
      ["START", "END", "ROWTIME", "PROCTIME"].map((part) => [`${window}_${part}`, WINDOW_COLUMN]),
    ),
  ),
  GROUPING: ["stands where nothing is grouped", undefined],
  GROUPING_ID: ["stands where nothing is grouped", undefined],
  GROUP_ID: ["stands where nothing is grouped", undefined],
  JSON: ["stands as a value in JSON_OBJECT and JSON_ARRAY only", undefined],
};

/** Functions that are refused wherever they stand. */
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
  SOURCE_WATERMARK: ["needs a source that makes watermarks", "Write ts - INTERVAL '5' SECOND."],
  CURRENT_DATABASE: SESSION,
  HASH_CODE: [INTERNAL[0], "Use MD5 or SHA256."],
  STREAMRECORD_TIMESTAMP: INTERNAL,
  PARSE_JSON: VARIANT,
  TRY_PARSE_JSON: VARIANT,
  BITMAP_AND: BITMAP,
  BITMAP_ANDNOT: BITMAP,
  BITMAP_BUILD: BITMAP,
  BITMAP_CARDINALITY: BITMAP,
  BITMAP_FROM_BYTES: BITMAP,
  BITMAP_OR: BITMAP,
  BITMAP_TO_ARRAY: BITMAP,
  BITMAP_TO_BYTES: BITMAP,
  BITMAP_TO_STRING: BITMAP,
  BITMAP_XOR: BITMAP,
  BITMAP_AND_AGG: BITMAP,
  BITMAP_AND_CARDINALITY_AGG: BITMAP,
  BITMAP_BUILD_AGG: BITMAP,
  BITMAP_BUILD_CARDINALITY_AGG: BITMAP,
  BITMAP_OR_AGG: BITMAP,
  BITMAP_OR_CARDINALITY_AGG: BITMAP,
  BITMAP_XOR_AGG: BITMAP,
  BITMAP_XOR_CARDINALITY_AGG: BITMAP,
  ML_PREDICT: MODEL,
  ML_EVALUATE: MODEL,
  VECTOR_SEARCH: MODEL,
  OBJECT_OF: OBJECT,
  OBJECT_UPDATE: OBJECT,
  APPROX_COUNT_DISTINCT: ["is not for streams, neither in Flink", "Use COUNT(DISTINCT …)."],
  PERCENTILE_CONT: ["is not for streams, neither in Flink", "Use PERCENTILE(value, share)."],
  PERCENTILE_DISC: ["is not for streams, neither in Flink", "Use PERCENTILE(value, share)."],
  SINGLE_VALUE: ["fails on more than one row", "Use FIRST_VALUE or MAX."],
  ROW_NUMBER: RANKING,
  RANK: RANKING,
  DENSE_RANK: RANKING,
  PERCENT_RANK: RANKING,
  CUME_DIST: RANKING,
  NTILE: RANKING,
  NTH_VALUE: RANKING,
  LAG: ["looks at other rows", undefined],
  LEAD: ["looks at rows to come", undefined],
};

/** A function of Flink that headrace refuses by name: `reason` follows "it". */
export interface RefusedFunction {
  readonly name: string;
  readonly reason: string;
  readonly hint?: string;
}

/** All that are refused wherever they stand, by name. */
export function refusedFunctions(): RefusedFunction[] {
  return Object.entries(REFUSED_FUNCTIONS)
    .map(([name, [reason, hint]]) => ({ name, reason, ...(hint !== undefined && { hint }) }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The error for a function that Flink has and headrace refuses; undefined when it is not one of those. */
export function refusedFunction(source: SourceText, span: Span, name: string): Error | undefined {
  const upper = name.toUpperCase();
  const refused = REFUSED_FUNCTIONS[upper] ?? MISPLACED_FUNCTIONS[upper];
  if (refused === undefined) return undefined;
  return source.unsupported(span, `${upper} is not supported: it ${refused[0]}`, refused[1]);
}
