// All scalar functions by registry id. Those that the expression compilers handle themselves, because they do not
// evaluate all arguments or look at NULLs only, are named in CONTROL_FUNCTIONS.

import { ARITHMETIC } from "./arithmetic.ts";
import { ARRAYS } from "./array.ts";
import { COLLECTIONS } from "./collection.ts";
import { COMPARISONS } from "./comparison.ts";
import { ENCODINGS } from "./encoding.ts";
import type { ScalarFunction, ScalarTable } from "./implementation.ts";
import { JSON_FUNCTIONS } from "./json.ts";
import { MAPS } from "./map.ts";
import { NETWORK } from "./network.ts";
import { NUMERIC } from "./numeric.ts";
import { PATTERNS } from "./pattern.ts";
import { TEXT } from "./text.ts";
import { TIME_CONVERSIONS } from "./time-conversion.ts";
import { TIME_DISTANCES } from "./time-distance.ts";
import { TIME_FIELDS } from "./time-fields.ts";

/** Ids with a form of their own in expression/. */
export const CONTROL_FUNCTIONS = [
  "AND",
  "OR",
  "IS NULL",
  "IS NOT NULL",
  "IS TRUE",
  "IS NOT TRUE",
  "IS FALSE",
  "IS NOT FALSE",
  "COALESCE",
  "IFNULL",
  "IN",
] as const;

const LOGIC: ScalarTable = {
  NOT: () => ({ apply: (a: boolean) => !a, inline: ([a]) => `!${a}` }),
};

/** One table per file. */
export const SCALAR_TABLES: readonly ScalarTable[] = [
  LOGIC,
  COMPARISONS,
  ARITHMETIC,
  TEXT,
  PATTERNS,
  ENCODINGS,
  NETWORK,
  NUMERIC,
  TIME_FIELDS,
  TIME_DISTANCES,
  TIME_CONVERSIONS,
  COLLECTIONS,
  ARRAYS,
  MAPS,
  JSON_FUNCTIONS,
];

/** Implementations by id; every id stands in exactly one table. */
export const SCALARS: ReadonlyMap<string, ScalarFunction> = new Map(
  SCALAR_TABLES.flatMap((table) => Object.entries(table)),
);
