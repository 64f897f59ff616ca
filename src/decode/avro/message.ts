// One message by the program of its schema, and what became of it.

import type { StringCache } from "../string-cache.ts";
import { hasRecords } from "../paths.ts";
import type { Payload, RowSpace, Wanted } from "../payload-reader.ts";
import { RecordRows } from "../record-rows.ts";
import { AvroCursor } from "./cursor.ts";
import type { AvroStep } from "./program.ts";

/** What the readers of both Avro formats have in common. */
export class AvroMessage {
  reason = "";
  position = 0;
  readonly rows: RecordRows;
  readonly #cursor: AvroCursor;
  readonly #hasRecords: boolean;

  constructor(wanted: readonly Wanted[], space: RowSpace, strings: StringCache) {
    this.rows = new RecordRows(space);
    this.#cursor = new AvroCursor(strings);
    this.#hasRecords = hasRecords(wanted);
  }

  /** Reads the payload from its byte `from` on; what follows the record is not read, as in Flink. Rows, or -1. */
  read(program: AvroStep, { bytes, start, end }: Payload, from: number, row: number): number {
    const cursor = this.#cursor;
    cursor.reset(bytes, start + from, end);
    this.rows.begin(row);
    program(cursor, row);
    if (!cursor.failed) return this.#hasRecords ? this.rows.count : 1;
    this.reason = cursor.isValueFailure ? cursor.reason : `not Avro: ${cursor.reason}`;
    this.position = from + cursor.failedAt;
    return -1;
  }
}
