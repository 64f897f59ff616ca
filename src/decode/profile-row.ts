// Fills the rows of a device profile's table: topic captures, measurements, the sequence number, event time under the
// profile's clock policy, and the quality of the row. What a message says once (its sequence number, a base time) is
// in all of its rows.

import { assert } from "../core/errors.ts";
import { EACH } from "../core/format/profile-codec.ts";
import type { Address } from "../core/format/profile-codec.ts";
import type { ClockReason, ProfileDecoding } from "../core/format/profile-decoding.ts";
import { NULL, VALUE } from "../core/row-batch.ts";
import type { Column, NumberColumn } from "../core/row-batch.ts";
import type { SqlType } from "../core/types.ts";
import { EventTime, timeLabel } from "./event-time.ts";
import type { Received } from "./event-time.ts";
import type { Wanted } from "./payload-reader.ts";
import { qualityNeeds, RowQuality } from "./row-quality.ts";
import type { BatchRows } from "./row-space.ts";
import type { DecodeTable } from "./table.ts";
import { TimeTarget } from "./time-target.ts";
import { isIdentity, isLinear, MeasurementTarget, scratchColumn } from "./value-target.ts";

export interface ProfileRowOptions {
  readonly table: DecodeTable;
  readonly decoding: ProfileDecoding;
  /** By column index; undefined = not wanted. */
  readonly columns: readonly (Column | undefined)[];
  readonly rows: BatchRows;
}

const SEQUENCE_TYPE: SqlType = { kind: "BIGINT", nullable: true };
const AS_IT_IS = { mask: undefined, shift: 0, base: undefined, scale: 1, offset: 0 };

/** One table's profile at work. */
export class ProfileRow {
  readonly wanted: readonly Wanted[];
  readonly #decoding: ProfileDecoding;
  readonly #columns: readonly (Column | undefined)[];
  readonly #rows: BatchRows;
  /** How good the rows are. */
  readonly quality: RowQuality;
  readonly #times: NumberColumn;
  readonly #time: EventTime;
  /** Of the message at hand, what is to be said of each row's time. */
  readonly #clock: (ClockReason | undefined)[] = [];
  /** Columns whose value is the same in all rows of a message. */
  readonly #shared: readonly number[];
  readonly #base: NumberColumn = scratchColumn();

  constructor({ table, decoding, columns, rows }: ProfileRowOptions) {
    this.#decoding = decoding;
    this.#columns = columns;
    this.#rows = rows;
    const wanted: Wanted[] = [];
    const shared: number[] = [];
    const want = (
      index: number,
      address: Address,
      of: Omit<Wanted, "address" | "column">,
    ): void => {
      const column = columns[index];
      if (column === undefined) return;
      wanted.push({ ...of, address, column });
      if (!isPerRow(address)) shared.push(index);
    };
    for (const { column: index, address, transform } of decoding.resources) {
      const [column, field] = [columns[index], table.columns[index]];
      if (column === undefined || field === undefined) continue;
      const { name, type } = field;
      const target = new MeasurementTarget(transform, type, column);
      const plain = isIdentity(transform);
      const scaling = isLinear(transform) ? transform : undefined;
      want(index, address, { label: `field ${name}`, type, target, plain, scaling });
    }
    const { sequence, time } = decoding;
    const sequenceColumn = sequence && columns[sequence.column];
    if (sequence !== undefined && sequenceColumn !== undefined) {
      const target = new MeasurementTarget(AS_IT_IS, SEQUENCE_TYPE, sequenceColumn);
      const of = { label: "field sequence", type: SEQUENCE_TYPE, target, plain: true };
      const scaling = AS_IT_IS;
      want(sequence.column, sequence.address, { ...of, scaling });
    }
    const timeColumn = columns[time.column];
    assert(timeColumn?.layout === "number", "every row of a profile needs its event time");
    this.#times = timeColumn;
    this.#time = new EventTime(time, timeColumn, this.#base);
    if (time.address !== undefined) {
      const target = new TimeTarget(time.unit, timeColumn, false);
      want(time.column, time.address, { ...TIME, label: timeLabel(time.address), target });
    }
    if (time.base !== undefined) {
      const { address, unit } = time.base;
      const target = new TimeTarget(unit, this.#base, true);
      wanted.push({ ...TIME, label: timeLabel(address), address, target, column: this.#base });
    }
    this.wanted = wanted;
    this.#shared = shared;
    this.quality = new RowQuality({ table, decoding, columns });
  }

  /** Before a message is read. */
  begin(): void {
    this.#base.state[0] = NULL;
  }

  /**
   * Completes rows [first, end) once their payload was read. "" or the reason why an event time makes the message a
   * dead letter.
   */
  finish(
    first: number,
    end: number,
    from: Received & { readonly captures: readonly string[] },
  ): string {
    const { captureColumns } = this.#decoding;
    const { captures } = from;
    if (end > first + 1) this.#rows.spread(this.#shared, first, end);
    for (let row = first; row < end; row++) {
      const eventMs = this.#time.of(row, row - first, from);
      if (Number.isNaN(eventMs)) return this.#time.refusal;
      this.#times.values[row] = eventMs;
      this.#times.state[row] = VALUE;
      this.#clock[row - first] = this.#time.reason;
      for (const [i, index] of captureColumns.entries()) {
        const column = this.#columns[index];
        if (column?.layout === "value") column.values[row] = captures[i] ?? null;
      }
    }
    // Only now is it sure that the message has rows, which is what the judge remembers and counts.
    for (let row = first; row < end; row++) {
      const clock = this.#clock[row - first];
      this.quality.judge(row, this.#times.values[row] as number, { clock, captures });
    }
    return "";
  }
}

const TIME = {
  type: { kind: "TIMESTAMP_LTZ", precision: 3, nullable: true },
  plain: false,
} as const;

/** Columns that must be decoded although no rule reads them. */
export function profileNeeds(decoding: ProfileDecoding, required: ReadonlySet<number>): number[] {
  return [decoding.time.column, ...qualityNeeds(decoding, required)];
}

/** Whether each row of a message has its own. */
function isPerRow(address: Address): boolean {
  if (address.kind === "path") return address.path.includes(EACH);
  return address.kind === "bytes" ? address.inRecord : address.kind !== "payload";
}
