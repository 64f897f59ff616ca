// Passing over values nobody asked for, by their schema.

import type { AvroType } from "../../core/format/avro-schema.ts";
import { ROWS_PER_MESSAGE } from "../../core/limits.ts";
import type { AvroCursor } from "./cursor.ts";

export type AvroSkip = (cursor: AvroCursor) => void;

/** The skipper of a type. */
export function avroSkip(type: AvroType): AvroSkip {
  switch (type.type) {
    case "null":
      return () => {};
    case "boolean":
      return (cursor) => void cursor.take(1);
    case "int":
    case "enum":
      return (cursor) => void cursor.int();
    case "long":
      return (cursor) => void cursor.long();
    case "float":
      return (cursor) => void cursor.take(4);
    case "double":
      return (cursor) => void cursor.take(8);
    case "bytes":
    case "string":
      return (cursor) => void cursor.take(cursor.size());
    case "fixed":
      return (cursor) => void cursor.take(type.size);
    case "union":
      return union(type.branches.map(avroSkip));
    case "record": {
      const fields = type.fields.map((field) => avroSkip(field.type));
      return (cursor) => {
        for (const skip of fields) skip(cursor);
      };
    }
    case "array":
      return blocks(avroSkip(type.items), leastBytes(type.items));
    case "map": {
      const skip = avroSkip(type.values);
      return blocks((cursor) => {
        cursor.take(cursor.size());
        skip(cursor);
      }, 1);
    }
  }
}

/** The fewest bytes that a value of the type takes. */
export function leastBytes(type: AvroType): number {
  switch (type.type) {
    case "null":
      return 0;
    case "float":
      return 4;
    case "double":
      return 8;
    case "fixed":
      return type.size;
    case "record":
      return type.fields.reduce((sum, field) => sum + leastBytes(field.type), 0);
    default:
      return 1;
  }
}

function union(branches: readonly AvroSkip[]): AvroSkip {
  return (cursor) => {
    const skip = branches[cursor.int()];
    if (skip === undefined) cursor.fail("a branch that its union does not have");
    else skip(cursor);
  };
}

function blocks(skip: AvroSkip, least: number): AvroSkip {
  return (cursor) => {
    for (let count = cursor.block(least, ROWS_PER_MESSAGE); count > 0;) {
      for (let i = 0; i < count && !cursor.failed; i++) skip(cursor);
      count = cursor.failed ? 0 : cursor.block(least, ROWS_PER_MESSAGE);
    }
  };
}
