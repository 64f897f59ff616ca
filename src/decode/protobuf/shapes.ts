// The shapes of a schema's messages: what is wanted of each, compiled once. Absence is as Flink has it:
//
//   proto3    scalars and enums are their default, also those that could tell (`optional`, members of a oneof);
//             messages, repeated fields and maps are NULL
//   proto2    everything is NULL
//   'protobuf.read-default-values' = 'true': everything is its default, down to the fields of messages
//
// A device profile gets NULL wherever absence can be told. Numbers of enums that a proto3 file does not have are
// 'UNRECOGNIZED' as text and fail as INT, as in Flink (there only if no other value follows).

import type {
  ProtobufField,
  ProtobufMessage,
  ProtobufSchema,
} from "../../core/format/protobuf-schema.ts";
import { LENGTH, VARINT } from "./cursor.ts";
import type { ProtobufCursor } from "./cursor.ts";
import {
  checkReader,
  mapReader,
  messageReader,
  packedCheckReader,
  readMessage,
  repeatedReader,
  singleReader,
} from "./field.ts";
import type { FieldReader, ShapeOf, Slot, ValueForm } from "./field.ts";
import { MessageShape } from "./message.ts";
import type { Absent, FieldPlan } from "./message.ts";
import { scalarDefault, scalarReader, wireType } from "./scalar.ts";

export interface ShapesOptions {
  readonly schema: ProtobufSchema;
  /** A table of SQL: values are Flink's. Else they are a profile's, enums their number. */
  readonly isTable: boolean;
  readonly readDefaults: boolean;
}

/** A field that gets a slot; `inner` is what is wanted of its messages. */
export interface WantedField {
  readonly field: ProtobufField;
  readonly inner?: ShapeOf | undefined;
  /** An enum's name is wanted. */
  readonly isText?: boolean;
}

type EnumField = Extract<ProtobufField["type"], { readonly kind: "enum" }>;

export class Shapes {
  readonly #options: ShapesOptions;
  readonly #checks = new Map<number, MessageShape>();
  readonly #wholes = new Map<number, MessageShape>();

  constructor(options: ShapesOptions) {
    this.#options = options;
  }

  message(index: number): ProtobufMessage {
    return this.#options.schema.messages[index] as ProtobufMessage;
  }

  /** The shape of message `index` whose slots are these fields. */
  of(index: number, wanted: readonly WantedField[]): MessageShape {
    const message = this.message(index);
    const plans = message.fields.flatMap((field): FieldPlan[] => {
      const slot = wanted.findIndex((each) => each.field === field);
      const each = wanted[slot];
      if (each !== undefined) {
        const read = this.#reader(message, slot, each);
        return [{ field, slot, read, absent: this.#absent(message, each) }];
      }
      const read = this.#checker(message, field);
      return read === undefined ? [] : [{ field, slot, read, absent: { value: null } }];
    });
    return new MessageShape(message, plans);
  }

  /** Message `index` with a slot for each of its fields. */
  whole(index: number): MessageShape {
    let shape = this.#wholes.get(index);
    if (shape === undefined) {
      const fields = this.message(index).fields.map((field): WantedField => {
        const { type } = field;
        if (type.kind !== "message") return { field };
        return { field, inner: () => this.whole(type.message) };
      });
      shape = this.of(index, fields);
      this.#wholes.set(index, shape);
    }
    return shape;
  }

  /** Message `index` of which nothing is wanted. */
  #check(index: number): MessageShape {
    let shape = this.#checks.get(index);
    if (shape === undefined) {
      shape = this.of(index, []);
      this.#checks.set(index, shape);
    }
    return shape;
  }

  #reader(message: ProtobufMessage, slot: number, wanted: WantedField): FieldReader {
    const { field, inner } = wanted;
    if (field.label === "map") return mapReader(slot, this.#mapForm(message, wanted));
    if (field.label === "repeated") return repeatedReader(slot, this.#form(message, wanted));
    if (inner !== undefined) return messageReader(slot, inner);
    return singleReader(slot, this.#form(message, wanted));
  }

  /** How one value of the field stands in the message. */
  #form(message: ProtobufMessage, { field, inner, isText = false }: WantedField): ValueForm {
    const { type } = field;
    if (type.kind === "message") {
      const shapeOf = inner ?? ((): MessageShape => this.#check(type.message));
      return { wire: LENGTH, read: newMessage(shapeOf) };
    }
    if (type.kind === "enum") {
      return { wire: VARINT, read: this.#enumReader(type, isText, isClosed(message)) };
    }
    return { wire: wireType(type.scalar), read: scalarReader(type.scalar, this.#as(message)) };
  }

  #enumReader({ symbols }: EnumField, isText: boolean, closed: boolean): ValueForm["read"] {
    const { isTable } = this.#options;
    const names = namesOf(symbols);
    return (cursor) => {
      const { pos } = cursor;
      const number = cursor.varint32();
      const name = names.get(number);
      if (name !== undefined) return isText ? name : number;
      if (closed) return undefined;
      if (!isTable) return number;
      if (!isText && !cursor.failed) cursor.refuse(`${number} is no value of the enum`, pos);
      return isText ? "UNRECOGNIZED" : 0;
    };
  }

  #mapForm(message: ProtobufMessage, wanted: WantedField): Parameters<typeof mapReader>[1] {
    const { field, inner } = wanted;
    const key = field.key ?? "string";
    const value = { field: { ...field, label: "single" as const, hasPresence: false }, inner };
    const single = { ...value, isText: wanted.isText ?? false };
    return {
      key: { wire: wireType(key), read: scalarReader(key, this.#as(message)) },
      keyDefault: scalarDefault(key, undefined, !this.#options.isTable),
      value:
        inner === undefined
          ? singleReader(0, this.#form(message, single))
          : messageReader(0, inner),
      valueDefault: () => (inner === undefined ? this.#default(single) : inner().fresh()),
      isClosed: field.type.kind === "enum" && isClosed(message),
    };
  }

  #as(message: ProtobufMessage): Parameters<typeof scalarReader>[1] {
    return { isExact: !this.#options.isTable, isStrict: message.syntax === "proto3" };
  }

  #absent(message: ProtobufMessage, wanted: WantedField): Absent {
    const { isTable, readDefaults } = this.#options;
    const { field, inner } = wanted;
    if (field.label === "repeated") return readDefaults ? { make: () => [] } : { value: null };
    if (field.label === "map") return readDefaults ? { make: () => new Map() } : { value: null };
    if (inner !== undefined) {
      return readDefaults ? { make: () => inner().fresh() } : { value: null };
    }
    const isNull = isTable ? message.syntax === "proto2" : field.hasPresence;
    return { value: isNull && !readDefaults ? null : this.#default(wanted) };
  }

  #default({ field, isText = false }: WantedField): Slot {
    const { type, default: initial } = field;
    if (type.kind === "scalar") return scalarDefault(type.scalar, initial, !this.#options.isTable);
    if (type.kind === "message") return null;
    const symbol = type.symbols.find(([name]) => name === initial) ?? type.symbols[0];
    return (isText ? symbol?.[0] : symbol?.[1]) ?? null;
  }

  /** undefined: there is nothing to check. */
  #checker(message: ProtobufMessage, field: ProtobufField): FieldReader | undefined {
    const { type, label, oneof } = field;
    // As text no number of an enum is refused.
    const wanted = { field, isText: true };
    if (label === "map") return mapReader(-1, this.#mapForm(message, wanted));
    if (type.kind === "message") {
      return checkReader({ wire: LENGTH, read: checkMessage(() => this.#check(type.message)) });
    }
    const isText = type.kind === "scalar" && type.scalar === "string";
    if (isText && message.syntax === "proto3")
      return checkReader({ wire: LENGTH, read: checkText });
    const form = this.#form(message, wanted);
    if (label === "repeated") return packedCheckReader(form);
    return label === "required" || oneof !== undefined ? checkReader(form) : undefined;
  }
}

function newMessage(shapeOf: ShapeOf): ValueForm["read"] {
  return (cursor) => {
    const shape = shapeOf();
    const slots = shape.fresh();
    readMessage(shape, cursor, slots);
    return slots;
  };
}

function checkMessage(shapeOf: ShapeOf): ValueForm["read"] {
  const none: Slot[] = [];
  return (cursor) => {
    readMessage(shapeOf(), cursor, none);
    return null;
  };
}

function checkText(cursor: ProtobufCursor): null {
  const at = cursor.take(cursor.size());
  if (at >= 0 && !cursor.isUtf8(at, cursor.pos)) cursor.fail("a text is not UTF-8", at);
  return null;
}

/** Whether numbers that an enum does not have count as unknown. */
function isClosed({ syntax }: ProtobufMessage): boolean {
  return syntax === "proto2";
}

/** Of several names for a number the first one. */
function namesOf(symbols: EnumField["symbols"]): Map<number, string> {
  return new Map(symbols.toReversed().map(([name, number]) => [number, name]));
}
