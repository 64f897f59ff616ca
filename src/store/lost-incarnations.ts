// Incarnations that a salvage could not read, by the outbox rows that they wrote. Without them the disk would not know
// its own rows in Kafka, and take itself for a restored image.

import { LANES, type Lane } from "../core/protocol.ts";
import { LANE_NUMBERS, LANE_SPAN } from "./lane.ts";
import type { Database } from "./sqlite.ts";

interface FirstRow {
  readonly hex: string;
  readonly sequence: number;
}

/**
 * Notes those of the rows in `db`, if its table of incarnations is empty: it seldom has more than one page. Of the lanes
 * in which one has no row left, it is taken to have begun where the next one did.
 */
export function restoreIncarnations(db: Database): void {
  if (db.prepare("SELECT 1 FROM incarnation LIMIT 1").get() !== undefined) return;
  const firstRows = new Map(LANES.map((lane) => [lane, firstRowsOf(db, lane)]));
  const all = [...new Set([...firstRows.values()].flat().map(({ hex }) => hex))];
  const starts = new Map<Lane, number>(LANES.map((lane) => [lane, lastSequence(db, lane)]));
  const found = all.toReversed().map((hex) => {
    for (const [lane, rows] of firstRows) {
      const first = rows.find((row) => row.hex === hex);
      if (first !== undefined) starts.set(lane, first.sequence - 1);
    }
    return { hex, starts: JSON.stringify(Object.fromEntries(starts)) };
  });
  const insert = db.prepare("INSERT INTO incarnation (hex, starts, after_ms) VALUES (?, ?, 0)");
  for (const each of found.toReversed()) insert.run(each.hex, each.starts);
}

/** Oldest first. */
function firstRowsOf(db: Database, lane: Lane): FirstRow[] {
  const base = LANE_NUMBERS[lane] * LANE_SPAN;
  return db
    .prepare<[number, number, number], FirstRow>(
      `SELECT incarnation AS hex, min(position) - ? AS sequence FROM outbox
       WHERE position > ? AND position < ? GROUP BY incarnation ORDER BY sequence`,
    )
    .all(base, base, base + LANE_SPAN);
}

function lastSequence(db: Database, lane: Lane): number {
  const base = LANE_NUMBERS[lane] * LANE_SPAN;
  const row = db
    .prepare<[number, number], { position: number; rows: number }>(
      `SELECT position, rows FROM outbox WHERE position >= ? AND position < ?
       ORDER BY position DESC LIMIT 1`,
    )
    .get(base, base + LANE_SPAN);
  if (row === undefined) return 0;
  // The mark at 0 says how many have left.
  return row.position === base ? row.rows : row.position - base + row.rows - 1;
}
