// How the fields of a message are read into their slots: single values, submessages, repeated values (packed or not),
// maps; and how those that nobody wants are checked.

import { LENGTH, VARINT } from "./cursor.ts";
import type { ProtobufCursor } from "./cursor.ts";
import type { MessageShape } from "./message.ts";

/** What a slot holds: a value, of a submessage its slots, of a repeated field an array, of a map a Map. */
export type Slot = unknown;

/** What became of a field: it was read, or it is unknown and was passed over. */
export const READ = 1;
const UNKNOWN = 0;
export type Outcome = typeof READ | typeof UNKNOWN;

/** Reads the field whose tag was read. */
export type FieldReader = (cursor: ProtobufCursor, tag: number, slots: Slot[]) => Outcome;

/** Reads a value; undefined is one that counts as unknown (the number of an enum that a proto2 file does not have). */
export type ValueReader = (cursor: ProtobufCursor) => Slot;

/** A value of its own wire type. */
export interface ValueForm {
  readonly wire: number;
  readonly read: ValueReader;
}

/** A submessage, by its shape; shapes of messages that contain themselves are only known later. */
export type ShapeOf = () => MessageShape;

export function singleReader(slot: number, { wire, read }: ValueForm): FieldReader {
  return (cursor, tag, slots) => {
    if ((tag & 7) !== wire) return unknown(cursor, tag);
    const value = read(cursor);
    if (value === undefined) return UNKNOWN;
    slots[slot] = value;
    return READ;
  };
}

/** The pieces of a submessage are merged. */
export function messageReader(slot: number, shapeOf: ShapeOf): FieldReader {
  return (cursor, tag, slots) => {
    if ((tag & 7) !== LENGTH) return unknown(cursor, tag);
    const shape = shapeOf();
    readMessage(shape, cursor, (slots[slot] ??= shape.fresh()) as Slot[]);
    return READ;
  };
}

/** Packed values are taken in both forms; no values at all are no field. */
export function repeatedReader(slot: number, { wire, read }: ValueForm): FieldReader {
  const add = (cursor: ProtobufCursor, slots: Slot[]): void => {
    const value = read(cursor);
    if (value !== undefined) ((slots[slot] ??= []) as Slot[]).push(value);
  };
  return (cursor, tag, slots) => {
    if ((tag & 7) === wire) add(cursor, slots);
    else if ((tag & 7) !== LENGTH) return unknown(cursor, tag);
    else {
      const end = cursor.within();
      while (cursor.pos < cursor.end) add(cursor, slots);
      cursor.back(end);
    }
    return READ;
  };
}

/** A map is repeated messages of key (1) and value (2), each of which may be missing. */
export interface MapForm {
  readonly key: ValueForm;
  readonly keyDefault: Slot;
  /** Reads the value into slot 0. */
  readonly value: FieldReader;
  readonly valueDefault: () => Slot;
  /** The values are of an enum of a proto2 file: an entry with another number is unknown as a whole. */
  readonly isClosed: boolean;
}

const KEY = 1;
const VALUE = 2;

/** Of several entries with a key the last one counts. Without a slot (-1) they are only checked. */
export function mapReader(slot: number, form: MapForm): FieldReader {
  const { key, keyDefault, value, valueDefault, isClosed } = form;
  return (cursor, tag, slots) => {
    if ((tag & 7) !== LENGTH) return unknown(cursor, tag);
    let name = keyDefault;
    const members = [valueDefault()];
    let isKnown = true;
    const end = cursor.enter();
    while (cursor.pos < cursor.end) {
      const own = cursor.tag();
      if (own === KEY * 8 + key.wire) name = key.read(cursor);
      else if (own >>> 3 !== VALUE) cursor.skip(own);
      else if (value(cursor, own, members) === READ) isKnown = true;
      else if (isClosed && (own & 7) === VARINT) isKnown = false;
    }
    cursor.leave(end);
    if (!isKnown) return UNKNOWN;
    if (slot >= 0) mapOf(slots, slot).set(name, members[0]);
    return READ;
  };
}

function mapOf(slots: Slot[], slot: number): Map<Slot, Slot> {
  return (slots[slot] ??= new Map<Slot, Slot>()) as Map<Slot, Slot>;
}

/** Reads for the sake of what may be wrong. */
export function checkReader({ wire, read }: ValueForm): FieldReader {
  return (cursor, tag) => {
    if ((tag & 7) !== wire) return unknown(cursor, tag);
    return read(cursor) === undefined ? UNKNOWN : READ;
  };
}

export function packedCheckReader({ wire, read }: ValueForm): FieldReader {
  return (cursor, tag) => {
    if ((tag & 7) !== LENGTH || wire === LENGTH) return unknown(cursor, tag);
    const end = cursor.within();
    while (cursor.pos < cursor.end) read(cursor);
    cursor.back(end);
    return READ;
  };
}

/** Reads the submessage whose length stands at the cursor into `slots`. */
export function readMessage(shape: MessageShape, cursor: ProtobufCursor, slots: Slot[]): void {
  const end = cursor.enter();
  shape.read(cursor, slots);
  cursor.leave(end);
}

function unknown(cursor: ProtobufCursor, tag: number): Outcome {
  cursor.skip(tag);
  return UNKNOWN;
}
