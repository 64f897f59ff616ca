// Decoded rows without end, as the decoder leaves them: the same column arrays filled anew for every batch, equal texts
// being one string (json/string-cache.ts). Event time goes on from batch to batch, a little out of order.

import { newColumn } from "../../src/core/row-batch.ts";
import type { RowBatch } from "../../src/core/row-batch.ts";
import { columnLayout } from "../../src/core/types.ts";
import type { SourceTable } from "../../src/sql/plan.ts";

export const BATCH_ROWS = 4096;
const START_MS = 1_704_067_200_000;

export interface FeedShape {
  readonly keys: number;
  /** Rows per second of event time. */
  readonly perSecond: number;
  /** Keys report by tenths, so many rows each in turn: sessions end. 0: all keys in turn. */
  readonly burstRows: number;
}

/** Rows lie up to so much before the newest one: less than any watermark's delay. */
const DISORDER_MS = 600;

/** Columns by name; a table takes those it has. */
const VALUES: Readonly<
  Record<string, (row: number, shape: FeedShape, names: Names) => string | number>
> = {
  device: (row, shape, names) => names.of("device-", keyOf(row, shape)),
  // Comes again after 20 s at 10,000 rows a second.
  part: (row, _, names) => names.of("part-", row % 200_000),
  site: (row, _, names) => names.of("site-", row % 7),
  status: (row, _, names) => names.of(row % 10 === 3 ? "broken-" : "ok-", row % 3),
  code: (row) => (row * 13) % 500,
  temperature: (row) => (row * 31) % 101,
  vibration: (row) => (row * 17) % 13,
  ts: (row, { perSecond }) =>
    Math.floor(START_MS + (row * 1000) / perSecond) - ((row * 5) % (DISORDER_MS + 1)),
};

/** Fills batches of one table. */
export class Feed {
  readonly batch: RowBatch;
  readonly #columns: readonly ((row: number) => string | number)[];
  #next = 0;

  constructor(table: SourceTable, shape: FeedShape) {
    const names = new Names();
    this.#columns = table.columns.map(({ name }) => {
      const value = VALUES[name];
      if (value === undefined) throw new RangeError(`no values for column ${name}`);
      return (row) => value(row, shape, names);
    });
    this.batch = {
      count: BATCH_ROWS,
      columns: table.columns.map(({ type }) => newColumn(columnLayout(type), BATCH_ROWS)),
      origin: Uint32Array.from({ length: BATCH_ROWS }, (_, index) => index),
      skip: new Uint8Array(BATCH_ROWS),
      messages: { topic: () => "", receiveTimeMs: () => 0, payload: () => new Uint8Array() },
    };
  }

  /** Overwrites the batch with the next rows. */
  fill(): void {
    this.batch.skip.fill(0);
    for (const [index, column] of this.batch.columns.entries()) {
      const value = this.#columns[index];
      if (column === undefined || value === undefined) continue;
      for (let row = 0; row < BATCH_ROWS; row++) column.values[row] = value(this.#next + row);
    }
    this.#next += BATCH_ROWS;
  }
}

function keyOf(row: number, { keys, burstRows }: FeedShape): number {
  if (burstRows === 0) return (row * 7919) % keys;
  const tenth = Math.floor(row / burstRows) % 10;
  return tenth * (keys / 10) + ((row * 7919) % (keys / 10));
}

/** One string object per text. */
class Names {
  readonly #known = new Map<string, string[]>();

  of(prefix: string, number: number): string {
    let names = this.#known.get(prefix);
    if (names === undefined) this.#known.set(prefix, (names = []));
    return (names[number] ??= Buffer.from(prefix + String(number)).toString("latin1"));
  }
}
