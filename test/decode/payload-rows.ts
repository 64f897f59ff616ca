// Payloads of one format through its reader into fresh rows: what the tests of the codecs share.

import { BATCH_MESSAGES } from "../../src/core/limits.ts";
import type { ProfileCodec } from "../../src/core/format/profile-codec.ts";
import { newColumn } from "../../src/core/row-batch.ts";
import type { Column, RowBatch } from "../../src/core/row-batch.ts";
import { columnLayout } from "../../src/core/types.ts";
import type { Field, SqlValue } from "../../src/core/types.ts";
import { payloadReader } from "../../src/decode/formats.ts";
import { JsonCursor } from "../../src/decode/json/cursor.ts";
import type { Wanted } from "../../src/decode/payload-reader.ts";
import { BatchRows } from "../../src/decode/row-space.ts";
import { SchemasById } from "../../src/core/format/schemas-by-id.ts";
import type { DecodeTable } from "../../src/decode/table.ts";
import { ColumnTarget } from "../../src/decode/value-target.ts";
import { rowsOf } from "./batch.ts";

export type Row = Readonly<Record<string, SqlValue>>;

/** What became of a payload: its rows, or why and where it could not be read. */
export interface Read {
  readonly rows: Row[];
  readonly reason: string;
  readonly position: number;
}

/** A reader of one table that keeps its caches from payload to payload. */
export class PayloadRows {
  readonly batch: RowBatch;
  /** What a registry has told. */
  readonly schemas: SchemasById = new SchemasById();
  readonly #table: DecodeTable;
  readonly #space: BatchRows;
  readonly #read: ReturnType<typeof payloadReader>;

  /** All columns are wanted. With `codec` the wanted values are the caller's, as a profile's are. */
  constructor(
    fields: readonly Field[],
    options: Readonly<Record<string, string>> = {},
    profile?: {
      readonly codec: ProfileCodec;
      wanted(columns: readonly Column[]): readonly Wanted[];
    },
  ) {
    const columns = fields.map(({ type }) => newColumn(columnLayout(type), BATCH_MESSAGES));
    this.#table = {
      name: "t",
      columns: fields.map(({ name, type }) => ({ name, type, source: { kind: "physical" } })),
      options,
    };
    const messages = { topic: () => "", receiveTimeMs: () => 0, payload: () => new Uint8Array() };
    this.#space = new BatchRows(columns, messages);
    this.batch = this.#space.batch;
    this.#read = payloadReader({
      table: this.#table,
      wanted: profile?.wanted(columns) ?? fields.map((field, i) => columnWanted(field, columns[i])),
      space: this.#space,
      codec: profile?.codec,
      cursor: new JsonCursor(),
      schemas: this.schemas,
    });
  }

  /** Reads one payload into the batch, from its first row on. */
  read(payload: string | Uint8Array, receiveTimeMs: number = 0): Read {
    // Junk on both sides: a reader must not look beyond its message.
    const own = Buffer.from(payload);
    const bytes = Buffer.concat([Buffer.from('"x"}'), own, Buffer.from('0}"]')]);
    const { batch } = this;
    this.#space.begin(1, batch.messages);
    const range = { bytes, start: 4, end: bytes.length - 4, receiveTimeMs };
    const count = this.#read.read(range, 0);
    batch.count = Math.max(0, count);
    if (count < 0) return { rows: [], reason: this.#read.reason, position: this.#read.position };
    return { rows: rowsOf(this.#table, batch), reason: "", position: -1 };
  }
}

/** A plain column of a table, found by its name. */
function columnWanted({ name, type }: Field, column: Column | undefined): Wanted {
  if (column === undefined) throw new Error(`no column ${name}`);
  return {
    label: `field ${name}`,
    address: { kind: "path", path: [name] },
    type,
    column,
    target: new ColumnTarget(type, column),
    plain: true,
  };
}
