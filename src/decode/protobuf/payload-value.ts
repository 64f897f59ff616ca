// Slots as payload values: messages are maps of their fields, enums their name (or, where a number is wanted, that).

import type { ProtobufField } from "../../core/format/protobuf-schema.ts";
import type { PayloadValue } from "../payload-value.ts";
import type { Slot } from "./field.ts";
import type { Shapes } from "./shapes.ts";

/** What a slot holds. */
export type Form =
  | { readonly kind: "value"; readonly field: ProtobufField }
  | { readonly kind: "message"; readonly index: number }
  | { readonly kind: "list" | "map"; readonly value: Form };

/** What the slot of a field holds. */
export function formOf(field: ProtobufField): Form {
  const { type, label } = field;
  const value: Form =
    type.kind === "message" ? { kind: "message", index: type.message } : { kind: "value", field };
  if (label === "map") return { kind: "map", value };
  return label === "repeated" ? { kind: "list", value } : value;
}

type Convert = (value: Slot) => PayloadValue;

/** The converter of a slot. Messages must have been read as a whole. */
export function payloadValue(shapes: Shapes, form: Form, isText: boolean): Convert {
  const convert = notNull(shapes, form, isText);
  return (value) => (value === null ? null : convert(value));
}

function notNull(shapes: Shapes, form: Form, isText: boolean): Convert {
  switch (form.kind) {
    case "value": {
      const { type } = form.field;
      if (type.kind !== "enum" || !isText) return (value) => value as PayloadValue;
      return (value) => type.symbols.find(([, number]) => number === value)?.[0] ?? Number(value);
    }
    case "message":
      return (value) => messageValue(shapes, form.index, value as readonly Slot[]);
    case "list": {
      const element = payloadValue(shapes, form.value, true);
      return (value) => (value as readonly Slot[]).map(element);
    }
    case "map": {
      const member = payloadValue(shapes, form.value, true);
      return (value) =>
        new Map(
          Array.from(value as ReadonlyMap<PayloadValue, Slot>, ([key, each]) => [
            key,
            member(each),
          ]),
        );
    }
  }
}

/** Its fields that are there. Messages may contain themselves, hence the converters are made as they are met. */
function messageValue(shapes: Shapes, index: number, slots: readonly Slot[]): PayloadValue {
  const members = new Map<PayloadValue, PayloadValue>();
  for (const [i, field] of shapes.message(index).fields.entries()) {
    const value = payloadValue(shapes, formOf(field), true)(slots[i]);
    if (value !== null) members.set(field.name, value);
  }
  return members;
}
