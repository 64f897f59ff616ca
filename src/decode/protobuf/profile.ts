// Protobuf under a device profile: paths of field names, through submessages and into maps with text keys; `*` is every
// element of a repeated field, a row each. A message that is wanted as a whole is a map of its fields.

import type { PathNode } from "../paths.ts";
import type { Wanted } from "../payload-reader.ts";
import type { RecordRows } from "../record-rows.ts";
import type { ProtobufCursor } from "./cursor.ts";
import type { ShapeOf, Slot } from "./field.ts";
import type { MessageShape } from "./message.ts";
import { formOf, payloadValue } from "./payload-value.ts";
import type { Form } from "./payload-value.ts";
import type { Shapes } from "./shapes.ts";

/** Hands what is wanted of a slot's value to its targets, for row `row`; `at` is where in the payload it stands. */
export type Deliver = (cursor: ProtobufCursor, value: Slot, row: number, at: number) => void;

interface Program {
  readonly deliver: Deliver;
  /** Of the messages within. */
  readonly inner?: ShapeOf;
}

/** Compiles what is wanted of a schema's messages. */
export class ProfilePrograms {
  readonly #shapes: Shapes;
  readonly #rows: RecordRows;

  constructor(shapes: Shapes, rows: RecordRows) {
    this.#shapes = shapes;
    this.#rows = rows;
  }

  /** A message of which the node's children are wanted: its shape, and what becomes of each slot. */
  message(index: number, node: PathNode): { shape: MessageShape; members: readonly Deliver[] } {
    const members = this.#shapes.message(index).fields.flatMap((field) => {
      const child = node.children.get(field.name);
      return child === undefined ? [] : [{ field, ...this.#program(formOf(field), child, false) }];
    });
    const shape = this.#shapes.of(index, members);
    return { shape, members: members.map(({ deliver }) => deliver) };
  }

  /** `isWhole`: messages have a slot for each of their fields, since all of it is wanted further up. */
  #program(form: Form, node: PathNode, isWhole: boolean): Program {
    const own = this.#targets(form, node.wanted);
    switch (form.kind) {
      case "value":
        return { deliver: own };
      case "message":
        return this.#messageProgram(form.index, node, { own, isWhole });
      case "list":
        return this.#listProgram(form.value, node, { own, isWhole });
      case "map": {
        const members = Array.from(node.children, ([name, child]) => {
          return { name, ...this.#program(form.value, child, true) };
        });
        return {
          deliver: (cursor, value, row, at) => {
            own(cursor, value, row, at);
            if (value === null) return;
            for (const { name, deliver } of members) {
              const member = (value as ReadonlyMap<Slot, Slot>).get(name);
              if (member !== undefined) deliver(cursor, member, row, at);
            }
          },
          ...this.#whole(form.value),
        };
      }
    }
  }

  #messageProgram(
    index: number,
    node: PathNode,
    { own, isWhole }: { own: Deliver; isWhole: boolean },
  ): Program {
    const whole = isWhole || node.wanted.length > 0;
    const { shape, members } = whole ? this.#wholeMembers(index, node) : this.message(index, node);
    return {
      inner: () => shape,
      deliver: (cursor, value, row, at) => {
        own(cursor, value, row, at);
        if (value === null) return;
        const slots = value as readonly Slot[];
        for (let i = 0; i < members.length; i++) members[i]?.(cursor, slots[i], row, at);
      },
    };
  }

  #wholeMembers(
    index: number,
    node: PathNode,
  ): { shape: MessageShape; members: readonly (Deliver | undefined)[] } {
    const members = this.#shapes.message(index).fields.map((field) => {
      const child = node.children.get(field.name);
      return child && this.#program(formOf(field), child, true).deliver;
    });
    return { shape: this.#shapes.whole(index), members };
  }

  #listProgram(
    element: Form,
    node: PathNode,
    { own, isWhole }: { own: Deliver; isWhole: boolean },
  ): Program {
    if (node.each === undefined) return { deliver: own, ...this.#whole(element) };
    const whole = isWhole || node.wanted.length > 0;
    const { deliver, ...rest } = this.#program(element, node.each, whole);
    const rows = this.#rows;
    return {
      ...rest,
      deliver: (cursor, value, row, at) => {
        own(cursor, value, row, at);
        for (const each of (value ?? []) as readonly Slot[]) {
          const next = rows.next();
          if (next < 0) cursor.refuse(rows.reason, at);
          if (cursor.failed) return;
          deliver(cursor, each, next, at);
        }
      },
    };
  }

  #whole(form: Form): { inner?: ShapeOf } {
    return form.kind === "message" ? { inner: () => this.#shapes.whole(form.index) } : {};
  }

  #targets(form: Form, wanted: readonly Wanted[]): Deliver {
    const takers = wanted.map(({ label, target, type }) => {
      const isText = type.kind === "VARCHAR" || type.kind === "CHAR";
      return { label, target, read: payloadValue(this.#shapes, form, isText) };
    });
    return (cursor, value, row, at) => {
      for (const { label, target, read } of takers) {
        const reason = cursor.failed ? "" : target.take(read(value), row);
        if (reason !== "") cursor.refuse(`${label}: ${reason}`, at);
      }
    };
  }
}
