// What every codec is to its table: a reader of payloads into rows. One message gives one row, or several (an array of
// measurements), or none. A codec reads only what is wanted, but judges the whole message: whether it is well-formed
// must not depend on which columns some rule reads.
//
// Nothing throws. A message that cannot be read gives -1, with the reason and where in the payload it is.

import type { Address } from "../core/format/profile-codec.ts";
import type { ProfileDecoding } from "../core/format/profile-decoding.ts";
import type { SchemasById } from "../core/format/schemas-by-id.ts";
import type { Column } from "../core/row-batch.ts";
import type { SqlType } from "../core/types.ts";
import type { JsonCursor } from "./json/cursor.ts";
import type { DecodeTable } from "./table.ts";
import type { ValueTarget } from "./value-target.ts";

/** A message's payload is bytes [start, end). */
export interface Payload {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  readonly receiveTimeMs: number;
}

export interface PayloadReader {
  /** Reads a payload into rows `row`, `row + 1`, …; how many, or -1 with a reason. */
  read(payload: Payload, row: number): number;
  /** Why the last payload could not be read. */
  readonly reason: string;
  /** The byte of the payload where that was found. */
  readonly position: number;
  /** What cannot be read is let go instead of becoming a dead letter (`ignore-parse-errors`). */
  readonly ignoresErrors: boolean;
}

/** The rows that are written: the batch of the table. */
export interface RowSpace {
  /** Makes room for row `row`; it is NULL in every column. */
  reserve(row: number): void;
}

/** Ways down to fields of a ROW, by field index; an empty one is the whole value. */
export type FieldPaths = readonly (readonly number[])[];

/** A value that is read: a column that somebody asked for, or the time of a device profile. */
export interface Wanted {
  /** As reasons name it: `field temperature`. */
  readonly label: string;
  readonly address: Address;
  readonly type: SqlType;
  readonly column: Column;
  /** Puts a value into the column, converted and (by a profile) transformed. */
  readonly target: ValueTarget;
  /** The column takes the payload's value as it is: a codec may write into it by itself. */
  readonly plain: boolean;
  /** Of a ROW column that is not read as a whole, the fields read: a codec may leave the others NULL. */
  readonly fields?: FieldPaths | undefined;
  /** All that is done to the value is × scale + offset: a codec may do it by itself. */
  readonly scaling?: { readonly scale: number; readonly offset: number } | undefined;
}

/** What a reader is made from. */
export interface ReaderInput {
  readonly table: DecodeTable;
  readonly wanted: readonly Wanted[];
  readonly space: RowSpace;
  /** undefined: a table of SQL, whose columns are found by name and typed as Flink types them. */
  readonly codec: ProfileDecoding["codec"] | undefined;
  /** Shared by all tables: only one reads at a time. */
  readonly cursor: JsonCursor;
  /** What a registry has told; may get more while the reader lives. */
  readonly schemas: SchemasById;
}
