// Decoded rows of one table, as columns: what decode/ writes and operators/ reads. Rows stand in arrival
// order; `origin` leads back to the message of each row. Columns that no rule reads are absent.

import type { SqlValue } from "./types.ts";

/** NumberColumn.state: how to read the value of a row. */
export const VALUE = 0;
export const NULL = 1;
/** BIGINT beyond 2^53: the value stands in `wide`. */
export const WIDE = 2;

/** Values of a type whose `columnLayout` is "number"; BOOLEAN is 0 or 1. `state[i]`: VALUE, NULL or WIDE. */
export interface NumberColumn {
  readonly layout: "number";
  values: Float64Array;
  state: Uint8Array;
  readonly wide: Map<number, bigint>;
}

/** All other types: the value itself, null for NULL. */
export interface ValueColumn {
  readonly layout: "value";
  readonly values: SqlValue[];
}

export type Column = NumberColumn | ValueColumn;

/** Leads from a row to what was received: for late rows and dead letters. Indexes are message indexes. */
export interface MessageSource {
  topic(message: number): string;
  receiveTimeMs(message: number): number;
  /** A copy, safe to keep. */
  payload(message: number): Uint8Array;
}

/**
 * Rows of one table. Capacity is that of the arrays; only [0, count) is meaningful, and everything is
 * overwritten by the next batch: copy what must outlive the push.
 */
export interface RowBatch {
  count: number;
  /** By the table's column index (physical, metadata and computed alike); undefined = not decoded. */
  readonly columns: readonly (Column | undefined)[];
  /** Message index of each row, ascending. */
  origin: Uint32Array;
  /** 1 = drop the row before it counts anywhere (set by the identity gate). */
  skip: Uint8Array;
  messages: MessageSource;
}

/** An empty column of `layout` for `capacity` rows. */
export function newColumn(layout: "number" | "value", capacity: number): Column {
  return layout === "number"
    ? {
        layout,
        values: new Float64Array(capacity),
        state: new Uint8Array(capacity),
        wide: new Map(),
      }
    : { layout, values: new Array<SqlValue>(capacity).fill(null) };
}
