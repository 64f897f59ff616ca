// Messages of one table into the rows of one batch. Only the columns asked for are filled, and what a row cannot do
// without: columns declared NOT NULL, all of them under `json.fail-on-missing-field`, and identity's. A message has one
// fate: all of its rows, or a dead letter.

import type { ProfileDecoding } from "../core/format/profile-decoding.ts";
import type { SchemasById } from "../core/format/schemas-by-id.ts";
import { BATCH_MESSAGES } from "../core/limits.ts";
import type { MessageReader } from "../core/message-reader.ts";
import { newColumn } from "../core/row-batch.ts";
import type { Column, RowBatch } from "../core/row-batch.ts";
import { columnLayout } from "../core/types.ts";
import { namesSchemas, payloadReader, readsEveryColumn } from "./formats.ts";
import { identityColumns } from "./identity-options.ts";
import type { JsonCursor } from "./json/cursor.ts";
import { metadataFiller } from "./metadata.ts";
import type { MetadataFiller } from "./metadata.ts";
import type { FieldPaths, Payload, PayloadReader, Wanted } from "./payload-reader.ts";
import { ProfileRow, profileNeeds } from "./profile-row.ts";
import type { RowQuality } from "./row-quality.ts";
import { BatchRows } from "./row-space.ts";
import type { DeadLetterKind, DecodeTable } from "./table.ts";
import { ColumnTarget, isNull } from "./value-target.ts";

export interface TableInput {
  readonly table: DecodeTable;
  /** Columns that rules read, by index. */
  readonly required: readonly number[];
  /** Of ROW columns that are not read as a whole, the fields read: their indexes from the column down. */
  readonly parts?: readonly { readonly column: number; readonly paths: FieldPaths }[];
  /** Set for a table that a device profile declares. */
  readonly profile?: ProfileDecoding | undefined;
}

/** What became of a message: its rows (or none), let go by `ignore-parse-errors`, or a dead letter. */
export type Outcome = "row" | "ignored" | DeadLetterKind;

export interface TableDecoderOptions {
  readonly input: TableInput;
  readonly gatewayId: string;
  readonly cursor: JsonCursor;
  readonly schemas: SchemasById;
}

/** Decodes into `batch`, which is overwritten by the next `begin`. */
export class TableDecoder {
  readonly batch: RowBatch;
  readonly name: string;
  /** Messages name their schema by the id that a registry has given to it. */
  readonly namesSchemas: boolean;
  /** Why the last message is no row. */
  reason = "";
  /** Of a device profile's table, how good its rows are. */
  readonly quality: RowQuality | undefined;
  readonly #rows: BatchRows;
  readonly #payload: PayloadReader;
  readonly #profile: ProfileRow | undefined;
  readonly #metadata: readonly MetadataFiller[];
  readonly #notNull: readonly { readonly name: string; readonly column: Column }[];
  /** The message being read; one object for all of them. */
  readonly #message: { -readonly [K in keyof Payload]: Payload[K] } = {
    bytes: Buffer.alloc(0),
    start: 0,
    end: 0,
    receiveTimeMs: 0,
  };
  #reader: MessageReader | undefined;

  constructor({ input, gatewayId, cursor, schemas }: TableDecoderOptions) {
    const { table, profile } = input;
    this.name = table.name;
    this.namesSchemas = namesSchemas(table);
    const wantedColumns = wantedIndexes(input);
    const columns = table.columns.map((field, index) =>
      wantedColumns.has(index) ? newColumn(columnLayout(field.type), BATCH_MESSAGES) : undefined,
    );
    this.#rows = new BatchRows(columns, NO_MESSAGES);
    this.batch = this.#rows.batch;
    const metadata: MetadataFiller[] = [];
    const notNull: { name: string; column: Column }[] = [];
    const wanted: Wanted[] = [];
    for (const [index, { name, type, source }] of table.columns.entries()) {
      const column = columns[index];
      if (column === undefined) continue;
      if (source.kind === "metadata") {
        metadata.push(metadataFiller({ name, type, source }, column, gatewayId));
      } else if (source.kind === "physical") {
        const target = new ColumnTarget(type, column);
        const address = { kind: "path", path: [name] } as const;
        const fields = input.parts?.find((part) => part.column === index)?.paths;
        const label = `field ${name}`;
        wanted.push({ label, address, type, column, target, plain: true, fields });
        if (!type.nullable) notNull.push({ name, column });
      }
    }
    this.#metadata = metadata;
    this.#notNull = notNull;
    if (profile !== undefined) {
      this.#profile = new ProfileRow({ table, decoding: profile, columns, rows: this.#rows });
    }
    this.quality = profile?.codec.type === "none" ? undefined : this.#profile?.quality;
    this.#payload = payloadReader({
      table,
      wanted: this.#profile?.wanted ?? wanted,
      space: this.#rows,
      codec: profile?.codec,
      cursor,
      schemas,
    });
  }

  /** Empties the batch, for the messages loaded into `reader`. */
  begin(reader: MessageReader): void {
    this.#reader = reader;
    this.#message.bytes = reader.bytes;
    this.#rows.begin(reader.count, reader);
  }

  /** Adds the rows of a message, or says in `reason` why there are none. `captures` are the profile's. */
  add(message: number, captures: readonly string[]): Outcome {
    const { batch } = this;
    const reader = this.#reader as MessageReader;
    const payload = this.#message;
    payload.start = reader.start(message);
    payload.end = reader.end(message);
    payload.receiveTimeMs = reader.receiveTimeMs(message);
    const first = batch.count;
    this.#profile?.begin();
    const rows = this.#payload.read(payload, first);
    const end = first + Math.max(1, rows);
    let outcome: Outcome = "row";
    if (rows < 0) outcome = this.#unread();
    else if (this.#notNull.length > 0 && !this.#isComplete(first, first + rows))
      outcome = "not_null";
    else if (this.#profile !== undefined) {
      const { clockTrusted } = reader;
      const from = { receiveMs: payload.receiveTimeMs, clockTrusted, captures };
      this.reason = this.#profile.finish(first, first + rows, from);
      if (this.reason !== "") outcome = "event_time";
    }
    if (outcome !== "row") {
      this.#rows.clear(first, end);
      return outcome;
    }
    // What all rows of a message share may have been written although there is none.
    if (rows === 0) this.#rows.clear(first, end);
    for (let row = first; row < first + rows; row++) {
      for (const fill of this.#metadata) fill(reader, message, row);
      batch.origin[row] = message;
    }
    batch.count = first + rows;
    return "row";
  }

  #unread(): Outcome {
    const { reason, position, ignoresErrors } = this.#payload;
    this.reason = `${reason}, at byte ${position}`;
    return ignoresErrors ? "ignored" : "undecodable";
  }

  #isComplete(from: number, to: number): boolean {
    for (const { name, column } of this.#notNull) {
      for (let row = from; row < to; row++) {
        if (!isNull(column, row)) continue;
        this.reason = `field ${name}: NULL or missing, but the column is NOT NULL`;
        return false;
      }
    }
    return true;
  }
}

const NO_MESSAGES = {
  topic: (): string => "",
  receiveTimeMs: (): number => 0,
  payload: (): Uint8Array => new Uint8Array(),
};

function wantedIndexes({ table, required, profile }: TableInput): Set<number> {
  const wanted = new Set([...required, ...identityColumns(table)]);
  const all = profile === undefined && readsEveryColumn(table);
  for (const [index, { type, source }] of table.columns.entries()) {
    if (source.kind === "physical" && (all || !type.nullable)) wanted.add(index);
  }
  if (profile !== undefined) for (const index of profileNeeds(profile, wanted)) wanted.add(index);
  return wanted;
}
