// Avro values for a device profile: whatever the schema says, as the value it is. Enums are their symbol, decimals are
// exact, times of logical types are moments.

import type { AvroType } from "../../core/format/avro-schema.ts";
import { ROWS_PER_MESSAGE } from "../../core/limits.ts";
import { PayloadDecimal, PayloadInstant } from "../payload-value.ts";
import type { PayloadValue } from "../payload-value.ts";
import type { AvroCursor } from "./cursor.ts";
import { leastBytes } from "./skip.ts";
import { avroInteger, unitsPerMs } from "./sql-value.ts";
import type { AvroReader } from "./sql-value.ts";

/** The reader of values of a type. */
export function avroPayloadReader(type: AvroType): AvroReader<PayloadValue> {
  switch (type.type) {
    case "null":
      return () => null;
    case "boolean":
      return (cursor) => cursor.boolean();
    case "int":
      return (cursor) => cursor.int();
    case "long":
      return isInstant(type.logical?.name)
        ? instant(type.logical?.name)
        : (cursor) => cursor.long();
    case "float":
      return (cursor) => cursor.float32(true);
    case "double":
      return (cursor) => cursor.float64(true);
    case "string":
      return (cursor) => cursor.string();
    case "bytes":
      return type.logical?.name === "decimal"
        ? (cursor) => decimal(cursor, cursor.size(), type.logical?.scale ?? 0)
        : (cursor) => cursor.bytesValue();
    case "fixed":
      return type.logical?.name === "decimal"
        ? (cursor) => decimal(cursor, type.size, type.logical?.scale ?? 0)
        : (cursor) => cursor.blob(type.size);
    case "enum":
      return (cursor) => {
        const symbol = type.symbols[cursor.int()];
        if (symbol === undefined) cursor.fail("a symbol that its enum does not have");
        return symbol ?? null;
      };
    case "union": {
      const branches = type.branches.map(avroPayloadReader);
      return (cursor) => {
        const read = branches[cursor.int()];
        if (read === undefined) cursor.fail("a branch that its union does not have");
        return read?.(cursor) ?? null;
      };
    }
    case "array":
      return array(type.items);
    case "map":
      return map(type.values);
    case "record":
      return record(type.fields);
  }
}

function isInstant(logical: string | undefined): boolean {
  return logical?.includes("timestamp-") === true;
}

function instant(logical: string | undefined): AvroReader<PayloadValue> {
  const perMs = unitsPerMs(logical);
  return (cursor) => {
    const value = cursor.long();
    if (typeof value === "number" && perMs === 1) return new PayloadInstant(value, 0);
    const units = BigInt(value);
    const ms = units / BigInt(perMs) - (units % BigInt(perMs) < 0n ? 1n : 0n);
    const rest = Number(units - ms * BigInt(perMs));
    return new PayloadInstant(Number(ms), rest * (1_000_000 / perMs));
  };
}

function decimal(cursor: AvroCursor, length: number, scale: number): PayloadValue {
  const unscaled = avroInteger(cursor, length);
  return unscaled === undefined ? null : new PayloadDecimal(unscaled, scale);
}

function array(items: AvroType): AvroReader<PayloadValue> {
  const read = avroPayloadReader(items);
  const least = leastBytes(items);
  return (cursor) => {
    const values: PayloadValue[] = [];
    for (let count = cursor.block(least, ROWS_PER_MESSAGE); count > 0;) {
      for (let i = 0; i < count && !cursor.failed; i++) values.push(read(cursor));
      count = cursor.failed ? 0 : cursor.block(least, ROWS_PER_MESSAGE);
    }
    return values;
  };
}

function map(values: AvroType): AvroReader<PayloadValue> {
  const read = avroPayloadReader(values);
  return (cursor) => {
    const members = new Map<PayloadValue, PayloadValue>();
    for (let count = cursor.block(1, 0); count > 0;) {
      for (let i = 0; i < count && !cursor.failed; i++) {
        const key = cursor.string();
        members.set(key, read(cursor));
      }
      count = cursor.failed ? 0 : cursor.block(1, 0);
    }
    return members;
  };
}

function record(fields: Extract<AvroType, { type: "record" }>["fields"]): AvroReader<PayloadValue> {
  const readers = fields.map(({ name, type }) => ({ name, read: avroPayloadReader(type) }));
  return (cursor) => {
    const members = new Map<PayloadValue, PayloadValue>();
    for (const { name, read } of readers) members.set(name, read(cursor));
    return members;
  };
}
