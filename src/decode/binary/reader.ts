// Binary frames into rows, by a device profile: fields at fixed places, a checksum, and records of fixed or variable
// length, each a row. A frame is judged as a whole first (its length, its checksum), then its fields are read; one that
// lies beyond the frame or its record makes the message a dead letter.

import type { ByteAddress, FrameRecords } from "../../core/format/profile-codec.ts";
import { VALUE } from "../../core/row-batch.ts";
import type { NumberColumn } from "../../core/row-batch.ts";
import type { Payload, PayloadReader, ReaderInput, Wanted } from "../payload-reader.ts";
import { RecordRows } from "../record-rows.ts";
import type { ValueTarget } from "../value-target.ts";
import { FrameChecksum } from "./checksum.ts";
import { fieldReader } from "./field.ts";
import type { FieldReader } from "./field.ts";

/** Whole numbers of these types are in [-range, range). */
const RANGES: Readonly<Record<string, number>> = {
  TINYINT: 0x80,
  SMALLINT: 0x8000,
  INTEGER: 0x8000_0000,
  BIGINT: Infinity,
};

/** A wanted field: its bytes, and the short way into a number column where there is one. */
interface FrameField {
  readonly label: string;
  readonly at: number;
  readonly bytes: number;
  readonly read: FieldReader;
  readonly target: ValueTarget;
  /** undefined: only `target` can take it. */
  readonly quick: NumberColumn | undefined;
  readonly isFloat: boolean;
  readonly isPlain: boolean;
  /** 0: no whole number is expected. */
  readonly range: number;
  readonly scale: number;
  readonly offset: number;
}

export class BinaryReader implements PayloadReader {
  readonly ignoresErrors = false;
  reason = "";
  position = 0;
  readonly #fields: readonly FrameField[];
  readonly #recordFields: readonly FrameField[];
  readonly #minLength: number;
  readonly #maxLength: number;
  readonly #check: FrameChecksum | undefined;
  readonly #algorithm: string;
  readonly #records: FrameRecords | undefined;
  readonly #recordLength: FieldReader | undefined;
  readonly #recordCount: FieldReader | undefined;
  readonly #rows: RecordRows;
  #start = 0;

  constructor({ wanted, space, codec }: ReaderInput) {
    const frame = codec?.type === "binary" ? codec : undefined;
    const of = (inRecord: boolean): FrameField[] =>
      wanted.flatMap((each) => {
        const { address } = each;
        return address.kind === "bytes" && address.inRecord === inRecord
          ? [frameField(each, address)]
          : [];
      });
    this.#fields = of(false);
    this.#recordFields = of(true);
    this.#minLength = frame?.minLength ?? 0;
    this.#maxLength = frame?.maxLength ?? Infinity;
    const { check, records } = frame ?? {};
    this.#check = check && new FrameChecksum(check);
    this.#algorithm = check?.algorithm ?? "";
    this.#records = records;
    this.#recordLength = records?.length && fieldReader(records.length.field);
    this.#recordCount = records?.count && fieldReader(records.count);
    this.#rows = new RecordRows(space);
  }

  read({ bytes, start, end }: Payload, row: number): number {
    const length = end - start;
    this.#start = start;
    if (length < this.#minLength || length > this.#maxLength) {
      const expected = length < this.#minLength ? this.#minLength : this.#maxLength;
      const least = length < this.#minLength ? "least" : "most";
      return this.#fail(`a frame of ${length} bytes, at ${least} ${expected} expected`, end);
    }
    const check = this.#check;
    if (check !== undefined && !this.#isIntact(check, bytes, start, end)) return -1;
    for (const field of this.#fields) {
      const at = (field.at < 0 ? end : start) + field.at;
      if (!this.#take(field, bytes, at, { from: start, to: end, row })) return -1;
    }
    if (this.#records === undefined) return 1;
    this.#rows.begin(row);
    return this.#readRecords(this.#records, { bytes, start, end });
  }

  #readRecords(
    { at, end: margin, size, length, count }: FrameRecords,
    { bytes, start, end }: { bytes: Buffer; start: number; end: number },
  ): number {
    const to = end + margin;
    let left = count === undefined ? Infinity : this.#number(bytes, count, { start, end });
    if (left < 0) return -1;
    let from = start + at;
    if (from > to)
      return this.#fail(`a frame of ${end - start} bytes has no room for records`, end);
    for (; left > 0 && (from < to || left !== Infinity); left--) {
      const own = size ?? this.#recordSize(bytes, from, { length, to });
      if (own <= 0) return -1;
      if (from + own > to)
        return this.#fail(`a record of ${own} bytes ends behind the frame`, from);
      const row = this.#rows.next();
      if (row < 0) return this.#fail(this.#rows.reason, from);
      const range = { from, to: from + own, row };
      for (const field of this.#recordFields) {
        if (!this.#take(field, bytes, from + field.at, range)) return -1;
      }
      from += own;
    }
    return this.#rows.count;
  }

  /** What the record says of its length; 0 with a reason. */
  #recordSize(
    bytes: Buffer,
    from: number,
    { length, to }: { length: FrameRecords["length"]; to: number },
  ): number {
    const at = from + (length?.field.at ?? 0);
    const isThere = at + (length?.field.as.bytes ?? 0) <= to;
    const value = isThere ? this.#recordLength?.(bytes, at) : undefined;
    const size = typeof value === "number" ? value + (length?.add ?? 0) : 0;
    if (size <= 0) this.#fail("a record without a length", from);
    return size;
  }

  /** The value of a field of the frame as a count; -1 with a reason. */
  #number(bytes: Buffer, address: ByteAddress, frame: { start: number; end: number }): number {
    const at = (address.at < 0 ? frame.end : frame.start) + address.at;
    const isThere = at >= frame.start && at + address.as.bytes <= frame.end;
    const value = isThere ? this.#recordCount?.(bytes, at) : undefined;
    return typeof value === "number" && value >= 0
      ? value
      : this.#fail("the frame does not say how many records it has", at);
  }

  /** Takes a field whose bytes begin at `at` and must lie within [from, to). */
  #take(
    field: FrameField,
    bytes: Buffer,
    at: number,
    { from, to, row }: { readonly from: number; readonly to: number; readonly row: number },
  ): boolean {
    if (at < from || at + field.bytes > to) {
      const what = `bytes ${at - from} to ${at - from + field.bytes - 1} of ${to - from}`;
      return this.#fail(`${field.label}: ${what} are not there`, Math.min(at, to)) > 0;
    }
    const value = field.read(bytes, at);
    const { quick } = field;
    if (quick !== undefined && typeof value === "number") {
      const scaled = field.isPlain ? value : value * field.scale + field.offset;
      if (field.range === 0) {
        quick.values[row] = field.isFloat ? Math.fround(scaled) : scaled;
        quick.state[row] = VALUE;
        return true;
      }
      if (Number.isInteger(scaled) && scaled >= -field.range && scaled < field.range) {
        quick.values[row] = scaled + 0;
        quick.state[row] = VALUE;
        return true;
      }
    }
    if (value === undefined) return this.#fail(`${field.label}: not readable`, at) > 0;
    const reason = field.target.take(value, row);
    return reason === "" || this.#fail(`${field.label}: ${reason}`, at) > 0;
  }

  #isIntact(check: FrameChecksum, bytes: Buffer, start: number, end: number): boolean {
    if (!check.read(bytes, start, end)) {
      return this.#fail(`a frame of ${end - start} bytes has no room for its checksum`, end) > 0;
    }
    if (check.isRight) return true;
    const hex = (value: number): string => `0x${value.toString(16).padStart(2 * check.bytes, "0")}`;
    const [stored, computed] = [hex(check.stored), hex(check.computed)];
    const reason = `checksum ${this.#algorithm} is ${stored}, the bytes give ${computed}`;
    return this.#fail(reason, check.at) > 0;
  }

  #fail(reason: string, at: number): -1 {
    this.reason = reason;
    this.position = Math.max(0, at - this.#start);
    return -1;
  }
}

function frameField(wanted: Wanted, address: ByteAddress): FrameField {
  const { label, target, type, column, plain, scaling } = wanted;
  const isFloat = type.kind === "FLOAT";
  const range = RANGES[type.kind] ?? 0;
  const isQuick = isFloat || type.kind === "DOUBLE" || range > 0;
  return {
    label,
    at: address.at,
    bytes: address.as.bytes,
    read: fieldReader(address),
    target,
    quick: isQuick && scaling !== undefined && column.layout === "number" ? column : undefined,
    isFloat,
    isPlain: plain,
    range,
    scale: scaling?.scale ?? 1,
    offset: scaling?.offset ?? 0,
  };
}
