// Units of time as numbers of smaller ones.

import { MILLIS_PER_DAY } from "../../core/value/calendar.ts";

/** Milliseconds of those whose length is fixed. */
export const UNIT_MILLIS: Readonly<Record<string, number>> = {
  MILLISECOND: 1,
  SECOND: 1000,
  MINUTE: 60_000,
  HOUR: 3_600_000,
  DAY: MILLIS_PER_DAY,
  WEEK: 7 * MILLIS_PER_DAY,
};
