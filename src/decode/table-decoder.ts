// Messages of one table into the rows of one batch. Only the columns asked for are filled, and what a row cannot do
// without: columns declared NOT NULL, all of them under `json.fail-on-missing-field`, and identity's.

import { BATCH_MESSAGES } from "../core/limits.ts";
import type { MessageReader } from "../core/message-reader.ts";
import { NULL, newColumn } from "../core/row-batch.ts";
import type { Column, RowBatch } from "../core/row-batch.ts";
import { columnLayout } from "../core/types.ts";
import { identityColumns } from "./identity-options.ts";
import { ColumnTaker, isNull } from "./json/column-taker.ts";
import type { JsonCursor } from "./json/cursor.ts";
import type { WantedValue } from "./json/object-shape.ts";
import { jsonOptions } from "./json/options.ts";
import { JsonReader } from "./json/reader.ts";
import { metadataFiller } from "./metadata.ts";
import type { MetadataFiller } from "./metadata.ts";
import { ProfileRow, profileNeeds } from "./profile-row.ts";
import type { DeadLetterKind, DecodeTable, ProfileDecoding } from "./table.ts";

export interface TableInput {
  readonly table: DecodeTable;
  /** Columns that rules read, by index. */
  readonly required: readonly number[];
  /** Set for a table that a device profile declares. */
  readonly profile?: ProfileDecoding | undefined;
}

/** What became of a message. `ignored`: `json.ignore-parse-errors` let it go. */
export type Outcome = "row" | "ignored" | DeadLetterKind;

export interface TableDecoderOptions {
  readonly input: TableInput;
  readonly gatewayId: string;
  readonly reader: MessageReader;
  readonly cursor: JsonCursor;
}

/** Decodes into `batch`, which is overwritten by the next `begin`. */
export class TableDecoder {
  readonly batch: RowBatch;
  readonly name: string;
  /** Why the last message is no row. */
  reason = "";
  readonly #reader: MessageReader;
  readonly #json: JsonReader;
  readonly #ignoreParseErrors: boolean;
  readonly #profile: ProfileRow | undefined;
  readonly #metadata: readonly MetadataFiller[];
  readonly #notNull: readonly { readonly name: string; readonly column: Column }[];
  readonly #mustBePresent: readonly ColumnTaker[];
  #capacity = BATCH_MESSAGES;

  constructor(options: TableDecoderOptions) {
    const { input, reader, cursor } = options;
    const { table, profile } = input;
    const json = jsonOptions(table);
    this.name = table.name;
    this.#reader = reader;
    this.#ignoreParseErrors = json.ignoreParseErrors;
    const wantedColumns = wantedIndexes(input, json.failOnMissingField);
    const columns = table.columns.map((field, index) =>
      wantedColumns.has(index) ? newColumn(columnLayout(field.type), this.#capacity) : undefined,
    );
    this.batch = {
      count: 0,
      columns,
      origin: new Uint32Array(this.#capacity),
      skip: new Uint8Array(this.#capacity),
      messages: reader,
    };
    const metadata: MetadataFiller[] = [];
    const notNull: { name: string; column: Column }[] = [];
    const takers: ColumnTaker[] = [];
    for (const [index, { name, type, source }] of table.columns.entries()) {
      const column = columns[index];
      if (column === undefined) continue;
      if (source.kind === "metadata") {
        metadata.push(metadataFiller({ name, type, source }, column, options.gatewayId));
      } else if (source.kind === "physical") {
        if (profile === undefined) takers.push(new ColumnTaker({ name, type, column, json }));
        if (!type.nullable) notNull.push({ name, column });
      }
    }
    this.#metadata = metadata;
    this.#notNull = notNull;
    this.#mustBePresent = json.failOnMissingField ? takers : [];
    if (profile !== undefined)
      this.#profile = new ProfileRow({ table, decoding: profile, columns, json });
    const wanted: readonly WantedValue[] =
      this.#profile?.wanted ?? takers.map((taker) => ({ path: [taker.name], taker }));
    this.#json = new JsonReader(wanted, cursor);
  }

  /** Empties the batch, with room for `messages` rows. */
  begin(messages: number): void {
    if (messages > this.#capacity) this.#grow(messages);
    const { batch } = this;
    batch.count = 0;
    batch.skip.fill(0, 0, messages);
    for (const column of batch.columns) {
      if (column === undefined) continue;
      if (column.layout === "number") {
        column.state.fill(NULL, 0, messages);
        if (column.wide.size > 0) column.wide.clear();
      } else column.values.fill(null, 0, messages);
    }
  }

  /** Adds the row of a message, or says in `reason` why there is none. `captures` are the profile's. */
  add(message: number, captures: readonly string[]): Outcome {
    const { batch } = this;
    const reader = this.#reader;
    const row = batch.count;
    const range = { start: reader.start(message), end: reader.end(message) };
    let outcome: Outcome = "undecodable";
    let reason = this.#json.read(reader.bytes, range, row);
    if (reason !== "" && this.#ignoreParseErrors) outcome = "ignored";
    if (reason === "" && this.#mustBePresent.length > 0) reason = this.#missing();
    if (reason === "" && this.#notNull.length > 0) {
      reason = this.#null(row);
      outcome = "not_null";
    }
    if (reason === "" && this.#profile !== undefined) {
      const receiveMs = reader.receiveTimeMs(message);
      reason = this.#profile.finish(row, this.#json.cursor.message, { receiveMs, captures });
      outcome = "event_time";
    }
    if (reason !== "") {
      this.reason = reason;
      this.#clear(row);
      return outcome;
    }
    for (const fill of this.#metadata) fill(reader, message, row);
    batch.origin[row] = message;
    batch.count = row + 1;
    return "row";
  }

  #missing(): string {
    const { message } = this.#json.cursor;
    const taker = this.#mustBePresent.find(({ seen }) => seen !== message);
    return taker === undefined
      ? ""
      : `field ${taker.name}: missing ('json.fail-on-missing-field' is 'true')`;
  }

  #null(row: number): string {
    for (const { name, column } of this.#notNull) {
      if (isNull(column, row)) return `field ${name}: NULL or missing, but the column is NOT NULL`;
    }
    return "";
  }

  /** A message that failed may have filled some columns already. */
  #clear(row: number): void {
    for (const column of this.batch.columns) {
      if (column === undefined) continue;
      if (column.layout === "number") column.state[row] = NULL;
      else column.values[row] = null;
    }
  }

  #grow(capacity: number): void {
    this.#capacity = capacity;
    const { batch } = this;
    batch.origin = new Uint32Array(capacity);
    batch.skip = new Uint8Array(capacity);
    for (const column of batch.columns) {
      if (column?.layout === "number") {
        column.values = new Float64Array(capacity);
        column.state = new Uint8Array(capacity);
      } else if (column !== undefined) {
        while (column.values.length < capacity) column.values.push(null);
      }
    }
  }
}

function wantedIndexes({ table, required, profile }: TableInput, all: boolean): Set<number> {
  const wanted = new Set([...required, ...identityColumns(table)]);
  for (const [index, { type, source }] of table.columns.entries()) {
    if (source.kind === "physical" && (all || !type.nullable)) wanted.add(index);
  }
  if (profile !== undefined) for (const index of profileNeeds(profile, wanted)) wanted.add(index);
  return wanted;
}
