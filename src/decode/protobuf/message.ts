// A message read into slots, one for each field that is wanted, as protobuf prescribes it: of a scalar the last value
// counts, submessages are merged, members of a oneof end each other, and what has another wire type than its field is an
// unknown field. Fields that nobody wants are checked all the same, down to the texts and the required fields within
// them: whether a message is well-formed must not depend on the columns.
//
// One thing is stricter than in Java: a submessage that comes in several pieces must have its required fields in each.

import type { ProtobufField, ProtobufMessage } from "../../core/format/protobuf-schema.ts";
import type { ProtobufCursor } from "./cursor.ts";
import { READ } from "./field.ts";
import type { FieldReader, Slot } from "./field.ts";

/** What a slot holds while its field is absent; `make` where that must be new for each message. */
export type Absent = { readonly value: Slot } | { readonly make: () => Slot };

/** A field of a message as it is read. */
export interface FieldPlan {
  readonly field: ProtobufField;
  /** -1: it is only checked. */
  readonly slot: number;
  readonly read: FieldReader;
  readonly absent: Absent;
}

interface Entry {
  readonly read: FieldReader;
  readonly slot: number;
  /** Among the required fields of the message; -1 for others. */
  readonly required: number;
}

const DENSE_NUMBERS = 256;
const NONE_REQUIRED = new Uint8Array(0);

export class MessageShape {
  readonly message: ProtobufMessage;
  /** Where in the payload each slot was read last; of use for the outermost message. */
  readonly places: Uint32Array;
  readonly #dense: (Entry | undefined)[] = [];
  readonly #sparse = new Map<number, Entry>();
  readonly #template: readonly Slot[];
  readonly #made: readonly { readonly slot: number; readonly make: () => Slot }[];
  readonly #required: readonly string[];

  constructor(message: ProtobufMessage, plans: readonly FieldPlan[]) {
    this.message = message;
    const slots = plans.filter(({ slot }) => slot >= 0).toSorted((a, b) => a.slot - b.slot);
    this.places = new Uint32Array(slots.length);
    this.#template = slots.map(({ absent }) => ("value" in absent ? absent.value : null));
    this.#made = slots.flatMap(({ slot, absent }) =>
      "make" in absent ? [{ slot, make: absent.make }] : [],
    );
    const required = message.fields.filter(({ label }) => label === "required");
    this.#required = required.map(({ name }) => name);
    for (const plan of plans) {
      const { field, slot } = plan;
      const entry = { read: inOneof(plan, plans), slot, required: required.indexOf(field) };
      if (field.number >= DENSE_NUMBERS) this.#sparse.set(field.number, entry);
      else {
        while (this.#dense.length <= field.number) this.#dense.push(undefined);
        this.#dense[field.number] = entry;
      }
    }
  }

  /** The slots of a message without any field. */
  fresh(): Slot[] {
    const slots = this.#template.slice();
    for (const { slot, make } of this.#made) slots[slot] = make();
    return slots;
  }

  /** Reads up to the cursor's end. */
  read(cursor: ProtobufCursor, slots: Slot[]): void {
    const required = this.#required.length;
    const seen = required === 0 ? NONE_REQUIRED : new Uint8Array(required);
    while (cursor.pos < cursor.end) {
      const { pos } = cursor;
      const tag = cursor.tag();
      const number = tag >>> 3;
      const entry = number < DENSE_NUMBERS ? this.#dense[number] : this.#sparse.get(number);
      if (entry === undefined) {
        cursor.skip(tag);
        continue;
      }
      const outcome = entry.read(cursor, tag, slots);
      if (outcome !== READ) continue;
      if (entry.slot >= 0) this.places[entry.slot] = pos;
      if (entry.required >= 0) seen[entry.required] = 1;
    }
    if (required > 0 && !cursor.failed) this.#checkRequired(cursor, seen);
  }

  #checkRequired(cursor: ProtobufCursor, seen: Uint8Array): void {
    const missing = seen.indexOf(0);
    if (missing < 0) return;
    cursor.fail(`${this.message.name} without its required field ${this.#required[missing]}`);
  }
}

/** A member of a oneof that was read makes the others absent. */
function inOneof({ field, slot, read }: FieldPlan, plans: readonly FieldPlan[]): FieldReader {
  const others = plans.filter(
    (other) => other.slot >= 0 && other.slot !== slot && other.field.oneof === field.oneof,
  );
  if (field.oneof === undefined || others.length === 0) return read;
  return (cursor, tag, slots) => {
    const outcome = read(cursor, tag, slots);
    if (outcome !== READ) return outcome;
    for (const { slot: other, absent } of others) {
      slots[other] = "value" in absent ? absent.value : absent.make();
    }
    return READ;
  };
}
