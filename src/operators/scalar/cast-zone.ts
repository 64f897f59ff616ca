// TIMESTAMP_LTZ to the TIMESTAMP that a clock on the wall shows, and back, also within collections.

import type { SqlType, SqlValue } from "../../core/types.ts";
import { nanosOfMilli, timestampMillis } from "../../core/value/timestamp.ts";
import type { TimestampValue } from "../../core/value/timestamp.ts";
import type { ZoneRules } from "../../core/value/zone.ts";
import { collectionCast } from "./cast-collection.ts";
import type { Implementation } from "./implementation.ts";

/** Between two types that differ in TIMESTAMP and TIMESTAMP_LTZ only. */
export function zoneCast(from: SqlType, to: SqlType, zone: ZoneRules): Implementation {
  switch (to.kind) {
    case "ARRAY":
    case "ROW":
      return collectionCast(from, to, (a, b) => zoneCast(a, b, zone));
    case "TIMESTAMP":
      return from.kind === "TIMESTAMP_LTZ" ? shifted((ms) => zone.local(ms)) : SAME;
    case "TIMESTAMP_LTZ":
      return from.kind === "TIMESTAMP" ? shifted((ms) => zone.utc(ms, "earlier")) : SAME;
    default:
      return SAME;
  }
}

const SAME: Implementation = { apply: (value: SqlValue) => value };

/** Milliseconds move; what stands below them stays. */
function shifted(move: (epochMs: number) => number): Implementation {
  return {
    apply: (value: TimestampValue) => {
      const moved = move(timestampMillis(value));
      if (typeof value === "number") return moved;
      return BigInt(moved) * 1_000_000n + BigInt(nanosOfMilli(value));
    },
  };
}
