// Fills the rows of a device profile's table: topic captures, measurements with scale and offset, the sequence
// number, event time under the profile's clock policy, and the quality of the row.

import { NULL, VALUE } from "../core/row-batch.ts";
import type { Column, NumberColumn } from "../core/row-batch.ts";
import type { SqlType } from "../core/types.ts";
import { timestampText } from "../core/value/time-text.ts";
import { ColumnTaker, storeValue } from "./json/column-taker.ts";
import type { JsonOptions } from "./json/convert.ts";
import type { JsonCursor } from "./json/cursor.ts";
import { EventTimeTaker } from "./json/event-time.ts";
import type { ValueTaker, WantedValue } from "./json/object-shape.ts";
import type { DecodeTable, ProfileDecoding, ProfileResource } from "./table.ts";

/** Before 2020-01-01 no device clock has been set: such a time comes from a boot without a clock. */
const UNSYNCED_BEFORE_MS = 1_577_836_800_000;

const INTEGER_RANGES: Readonly<Record<string, number>> = {
  TINYINT: 2 ** 7,
  SMALLINT: 2 ** 15,
  INTEGER: 2 ** 31,
  BIGINT: 2 ** 53,
};

interface Bounds {
  readonly column: NumberColumn;
  readonly minimum: number;
  readonly maximum: number;
}

export interface ProfileRowOptions {
  readonly table: DecodeTable;
  readonly decoding: ProfileDecoding;
  /** By column index; undefined = not wanted. */
  readonly columns: readonly (Column | undefined)[];
  readonly json: JsonOptions;
}

/** One table's profile at work. */
export class ProfileRow {
  readonly wanted: readonly WantedValue[];
  readonly #decoding: ProfileDecoding;
  readonly #columns: readonly (Column | undefined)[];
  readonly #bounds: readonly Bounds[];
  readonly #time: EventTimeTaker | undefined;

  constructor(options: ProfileRowOptions) {
    const { table, decoding, columns, json } = options;
    this.#decoding = decoding;
    this.#columns = columns;
    const wanted: WantedValue[] = [];
    for (const resource of decoding.resources) {
      const column = columns[resource.column];
      const field = table.columns[resource.column];
      if (column === undefined || field === undefined) continue;
      const plain = new ColumnTaker({ name: field.name, type: field.type, column, json });
      const scaled = resource.scale !== 1 || resource.offset !== 0;
      const taker = scaled ? new ScaledTaker(resource, field, { column, json }) : plain;
      wanted.push({ path: pointerPath(resource.pointer), taker });
    }
    const { sequence, time } = decoding;
    const sequenceColumn = sequence === undefined ? undefined : columns[sequence.column];
    if (sequence !== undefined && sequenceColumn !== undefined) {
      const type: SqlType = { kind: "BIGINT", nullable: true };
      const taker = new ColumnTaker({ name: "sequence", type, column: sequenceColumn, json });
      wanted.push({ path: pointerPath(sequence.pointer), taker });
    }
    if (time.pointer !== undefined) {
      this.#time = new EventTimeTaker(time.pointer, time.unit);
      wanted.push({ path: pointerPath(time.pointer), taker: this.#time });
    }
    this.wanted = wanted;
    this.#bounds = decoding.resources.flatMap((resource) => boundsOf(resource, columns));
  }

  /**
   * Completes row `row` once its payload was read. "" or the reason why the row's event time makes it a dead letter.
   */
  finish(
    row: number,
    message: number,
    from: { receiveMs: number; captures: readonly string[] },
  ): string {
    const { captureColumns, time, qualityColumn } = this.#decoding;
    for (const [i, index] of captureColumns.entries()) {
      const column = this.#columns[index];
      if (column?.layout === "value") column.values[row] = from.captures[i] ?? null;
    }
    const quality = this.#columns[qualityColumn];
    if (quality?.layout === "value") quality.values[row] = this.#quality(row);

    const eventMs = this.#eventTime(message, from.receiveMs);
    if (typeof eventMs === "string") return eventMs;
    const column = this.#columns[time.column];
    if (column !== undefined) storeValue(column, row, eventMs);
    return "";
  }

  #eventTime(message: number, receiveMs: number): number | string {
    const { pointer, missing, whenUnsynced, maxFutureMs } = this.#decoding.time;
    if (this.#time === undefined) return receiveMs;
    if (this.#time.seen !== message) {
      return missing === "receive" ? receiveMs : `time ${pointer ?? ""}: missing`;
    }
    const { ms } = this.#time;
    if (ms < UNSYNCED_BEFORE_MS && whenUnsynced !== "accept") {
      if (whenUnsynced === "use-receive-time") return receiveMs;
      return `time ${pointer ?? ""}: ${iso(ms)} is before 2020, the device's clock was not set`;
    }
    if (ms > receiveMs + maxFutureMs) {
      return `time ${pointer ?? ""}: ${iso(ms)} is ${ms - receiveMs} ms ahead of its receive time, more than time.maxFuture`;
    }
    return ms;
  }

  #quality(row: number): string {
    for (const { column, minimum, maximum } of this.#bounds) {
      if (column.state[row] === NULL) continue;
      const value = column.values[row] as number;
      // Written so that NaN is out of range, too.
      if (!(value >= minimum && value <= maximum)) return this.#decoding.outOfRange;
    }
    return "good";
  }
}

/** Columns that must be decoded although no rule reads them: quality needs what it judges. */
export function profileNeeds(decoding: ProfileDecoding, required: ReadonlySet<number>): number[] {
  const needs = [decoding.time.column];
  if (required.has(decoding.qualityColumn)) {
    for (const { column, minimum, maximum } of decoding.resources) {
      if (minimum !== undefined || maximum !== undefined) needs.push(column);
    }
  }
  return needs;
}

/** Payload value × scale + offset, into any number column; integers are rounded. */
class ScaledTaker implements ValueTaker {
  readonly #raw: NumberColumn = {
    layout: "number",
    values: new Float64Array(1),
    state: new Uint8Array(1),
    wide: new Map(),
  };
  readonly #taker: ColumnTaker;
  readonly #resource: ProfileResource;
  readonly #field: { readonly name: string; readonly type: SqlType };
  readonly #column: Column;

  constructor(
    resource: ProfileResource,
    field: { readonly name: string; readonly type: SqlType },
    to: { readonly column: Column; readonly json: JsonOptions },
  ) {
    this.#resource = resource;
    this.#field = field;
    this.#column = to.column;
    const type: SqlType = { kind: "DOUBLE", nullable: true };
    this.#taker = new ColumnTaker({ name: field.name, type, column: this.#raw, json: to.json });
  }

  take(cursor: JsonCursor, row: number): boolean {
    if (!this.#taker.take(cursor, 0)) return false;
    if (this.#raw.state[0] !== VALUE) {
      storeValue(this.#column, row, null);
      return true;
    }
    const scaled = (this.#raw.values[0] as number) * this.#resource.scale + this.#resource.offset;
    const { kind } = this.#field.type;
    const range = INTEGER_RANGES[kind];
    if (range === undefined) {
      storeValue(this.#column, row, kind === "FLOAT" ? Math.fround(scaled) : scaled);
      return true;
    }
    const whole = Math.round(scaled) + 0;
    if (whole >= -range && whole < range) {
      storeValue(this.#column, row, whole);
      return true;
    }
    cursor.conversionError(`field ${this.#field.name}: ${scaled} is out of range of ${kind}`);
    return false;
  }
}

function boundsOf(resource: ProfileResource, columns: readonly (Column | undefined)[]): Bounds[] {
  const { minimum, maximum } = resource;
  const column = columns[resource.column];
  if (column?.layout !== "number" || (minimum === undefined && maximum === undefined)) return [];
  return [{ column, minimum: minimum ?? -Infinity, maximum: maximum ?? Infinity }];
}

/** RFC 6901 §4. */
function pointerPath(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function iso(ms: number): string {
  return `${timestampText(ms, "T", 3)}Z`;
}
