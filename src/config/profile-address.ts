// `attributes` of a device resource, and the places of sequence number and time: where a value stands in a payload.
// Each codec has its own way to say it; which one goes with the profile's codec is checked in profile-load.ts.
//
//   pointer: /em/0/power      JSON, CBOR, MessagePack: RFC 6901; a step `*` is every element of an array, a row each
//   path: accel.rms_x         Avro, protobuf: field names; `*` likewise
//   at: 10, as: i16be         binary: byte of the frame (negative: from its end); `bit` and `bits` for a part of it
//   record: 2, as: u8         binary: byte of the record
//   column: 3                 CSV: the field of a line, from 1
//   name: temperature         SenML
//   (nothing)                 text: the payload

import { EACH } from "../core/format/profile-codec.ts";
import type { Address, ByteAddress, ByteType } from "../core/format/profile-codec.ts";
import { field, pattern, text, whole, withHint, wrong, z } from "./fields.ts";
import type { Field } from "./fields.ts";

/** The keys of an address as read. */
export interface AddressFile {
  readonly pointer?: string | undefined;
  readonly path?: string | undefined;
  readonly at?: number | undefined;
  readonly record?: number | undefined;
  readonly as?: ByteType | undefined;
  readonly bit?: number | undefined;
  readonly bits?: number | undefined;
  readonly column?: number | undefined;
  readonly name?: string | undefined;
}

type AddressKeys = {
  readonly [K in keyof Required<AddressFile>]: z.ZodOptional<Field<NonNullable<AddressFile[K]>>>;
};

/** Sign and bits, bits of a float, digits, text or hex and its bytes, byte order. */
const BYTE_TYPE =
  /^(?:([ui])(8|16|24|32|40|48|56|64)|f(32|64)|bcd([1-8])|(text|hex)([1-9]\d{0,3}))(be|le|cdab|badc)?$/;

const POINTER = /^(?:\/(?:[^~/]|~[01])*)+$/;

/** The keys of an address, for sections that have others besides. */
export const ADDRESS_KEYS: AddressKeys = {
  pointer: jsonPointer().optional(),
  path: pattern(
    /^(?:\*|[A-Za-z_]\w*)(?:\.(?:\*|[A-Za-z_]\w*))*$/,
    "field names such as accel.rms_x",
  ).optional(),
  at: whole(-65_536, 1_048_576).optional(),
  record: whole(0, 1_048_576).optional(),
  as: byteType().optional(),
  bit: whole(0, 63).optional(),
  bits: whole(1, 64).optional(),
  column: whole(1, 10_000).optional(),
  name: text().optional(),
};

/** Keys that are documented and come later. */
export const LATER_ADDRESSES: readonly string[] = ["metric"];

const KINDS = ["pointer", "path", "at", "record", "column", "name"] as const;

/** The address; undefined when none is given, text when what is given makes none. */
export function addressOf(file: AddressFile): Address | string | undefined {
  const given = KINDS.filter((kind) => file[kind] !== undefined);
  if (given.length > 1) return `has ${given.join(" and ")}: one of them is enough`;
  const isBinary = given[0] === "at" || given[0] === "record";
  if (!isBinary && (file.as ?? file.bit ?? file.bits) !== undefined) {
    return "has as, bit or bits without at or record";
  }
  const { pointer, path, column, name } = file;
  if (pointer !== undefined) return { kind: "path", path: pointerSteps(pointer) };
  if (path !== undefined) return { kind: "path", path: path.split(".").map(step) };
  if (column !== undefined) return { kind: "column", column: column - 1 };
  if (name !== undefined) return { kind: "measurement", name };
  return isBinary ? byteAddress(file) : undefined;
}

/** The address that keys make, for the transformation of a section; with none of them, the payload as a whole. */
export function address(file: AddressFile, context: z.RefinementCtx, path: string[] = []): Address {
  const made = addressOf(file);
  if (made === undefined) return { kind: "payload" };
  if (typeof made !== "string") return made;
  context.issues.push({ code: "custom", message: made, input: file, path });
  return z.NEVER;
}

/** RFC 6901 §4. */
function pointerSteps(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((part) => step(part.replaceAll("~1", "/").replaceAll("~0", "~")));
}

function step(name: string): string {
  return name === "*" ? EACH : name;
}

function byteAddress({ at, record, as, bit, bits }: AddressFile): ByteAddress | string {
  if (as === undefined) return "needs as, the type of the bytes, such as u16be";
  const isInteger = as.kind === "unsigned" || as.kind === "signed";
  if (bit === undefined && bits !== undefined) return "needs bit, the lowest of the bits";
  if (bit !== undefined && !isInteger) return "has bit, which goes with integers only";
  const count = bits ?? 1;
  if (bit !== undefined && bit + count > as.bytes * 8) {
    return `has bits ${bit} to ${bit + count - 1}, but the value has ${as.bytes * 8}`;
  }
  return {
    kind: "bytes",
    at: record ?? at ?? 0,
    inRecord: record !== undefined,
    as,
    bits: bit === undefined ? undefined : { first: bit, count },
  };
}

/** RFC 6901 §3. */
function jsonPointer(): Field<string> {
  return field(
    (value) => {
      if (typeof value === "string" && POINTER.test(value)) return value;
      const meant = `/${String(value)}`;
      const hint = POINTER.test(meant) ? `Write ${meant}.` : undefined;
      return wrong(withHint("must be a JSON pointer such as /temperature or /em/0/power", hint));
    },
    { type: "string", pattern: POINTER.source, description: "a JSON pointer such as /temperature" },
  );
}

const ORDERS = { be: "be", le: "le", cdab: "be-words", badc: "le-words" } as const;

/** `u8`, `i16be`, `u32le`, `f32cdab`, `bcd4le`, `text8`, `hex6`. */
function byteType(): Field<ByteType> {
  return field(
    (value) => {
      const match = BYTE_TYPE.exec(String(value));
      if (match === null) return wrong(WRONG_TYPE);
      const [, sign, bits, floatBits, digits, name, length, suffix] = match;
      const bytes = Number(digits ?? length ?? Number(bits ?? floatBits) / 8);
      const hasOrder = bytes > 1 && name === undefined;
      if (hasOrder !== (suffix !== undefined)) return wrong(WRONG_TYPE);
      const order = suffix === undefined ? "be" : ORDERS[suffix as keyof typeof ORDERS];
      if (order.endsWith("-words") && bytes !== 4 && bytes !== 8) {
        return wrong("has the order cdab or badc, which goes with 32 and 64 bits only");
      }
      if (name !== undefined) return { kind: name as "text" | "hex", bytes, order };
      if (sign !== undefined) return { kind: sign === "u" ? "unsigned" : "signed", bytes, order };
      return { kind: floatBits === undefined ? "bcd" : "float", bytes, order };
    },
    { type: "string", pattern: BYTE_TYPE.source },
  );
}

const WRONG_TYPE =
  "must be a type such as u8, i16be, u32le, f32be, f32cdab, bcd4le, text8 or hex6 (be, le, cdab or badc where more than one byte is a number)";
