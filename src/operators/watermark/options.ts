// The watermark options of a table, as the planner has checked them: `watermark.per`, `watermark.idle-timeout` and
// `watermark.max-future`. Extensions: Flink has none of them.

import { parseDuration } from "../../core/duration.ts";
import type { SourceTable } from "../../sql/plan.ts";

export interface WatermarkOptions {
  /** The column whose values are devices, each with a watermark of its own; undefined: the table has one. */
  readonly deviceColumn: number | undefined;
  /** A device silent for so long counts no more; undefined: it always counts. */
  readonly idleTimeoutMs: number | undefined;
  /** A row further ahead of its receive time is refused; undefined: none is. */
  readonly maxFutureMs: number | undefined;
}

/** The options of a table; undefined when it has none of them. */
export function watermarkOptions({ columns, options }: SourceTable): WatermarkOptions | undefined {
  const name = options["watermark.per"];
  const column = columns.findIndex((each) => each.name === name);
  const deviceColumn = column < 0 ? undefined : column;
  const idleTimeoutMs = parseDuration(options["watermark.idle-timeout"] ?? "-");
  const maxFutureMs = parseDuration(options["watermark.max-future"] ?? "-");
  const isPlain = [deviceColumn, idleTimeoutMs, maxFutureMs].every((each) => each === undefined);
  return isPlain ? undefined : { deviceColumn, idleTimeoutMs, maxFutureMs };
}
