// What a device profile says of its payloads: the codec, and where in a payload each value stands. Plain data: the
// configuration makes it, the journal keeps it, decode/ reads by it and the simulator writes by it.

import type { AvroType } from "./avro-schema.ts";
import type { CsvDialect } from "./csv-dialect.ts";
import type { ProtobufSchema } from "./protobuf-schema.ts";

/** The step of a path that stands for every element of an array. No key of a payload is like it. */
export const EACH = "\u0000*";

/** Where a value stands in a payload; each codec knows one kind. */
export type Address =
  | {
      /** Steps from the payload's root: keys, array indexes, and EACH: every element a row. */
      readonly kind: "path";
      readonly path: readonly string[];
    }
  | ByteAddress
  /** A field of a line, from 0. */
  | { readonly kind: "column"; readonly column: number }
  /** The SenML record of this name. */
  | { readonly kind: "measurement"; readonly name: string }
  /** The payload as a whole. */
  | { readonly kind: "payload" };

/** Bytes of a binary frame. */
export interface ByteAddress {
  readonly kind: "bytes";
  /** From the frame's start (negative: from its end), or from the record's. */
  readonly at: number;
  readonly inRecord: boolean;
  readonly as: ByteType;
  /** Bits of an integer: `count` from bit `first` on, counted from the least significant. */
  readonly bits: { readonly first: number; readonly count: number } | undefined;
}

/** How bytes are a value. `order`: big- or little-endian, or 16-bit words of either in the other order. */
export interface ByteType {
  readonly kind: "unsigned" | "signed" | "float" | "bcd" | "text" | "hex";
  readonly bytes: number;
  readonly order: "be" | "le" | "be-words" | "le-words";
}

/** The payload's format, with what it needs besides the addresses. */
export type ProfileCodec =
  | { readonly type: "json" | "cbor" | "msgpack" | "text" }
  | { readonly type: "senml"; readonly encoding: "json" | "cbor" }
  | { readonly type: "csv"; readonly dialect: CsvDialect; readonly skipLines: number }
  | {
      readonly type: "binary";
      /** A frame outside [minLength, maxLength] is refused before anything is read. */
      readonly minLength: number;
      readonly maxLength: number;
      readonly check: FrameCheck | undefined;
      readonly records: FrameRecords | undefined;
    }
  | { readonly type: "protobuf"; readonly schema: ProtobufSchema }
  | { readonly type: "avro"; readonly schema: AvroType }
  /** Payloads begin with the id of their schema in the registry. `schema`: Avro's JSON, of examples alone. */
  | { readonly type: "avro-confluent"; readonly schema: string | undefined };

/** A checksum over bytes [from, to) of a frame, stored at `at`; negative places count from the end. */
export interface FrameCheck {
  readonly algorithm: string;
  readonly at: number;
  readonly order: "be" | "le";
  readonly from: number;
  readonly to: number;
}

/** Rows within a frame, from `at` to `end` (negative or 0: from the frame's end). */
export interface FrameRecords {
  readonly at: number;
  readonly end: number;
  /** Bytes of each record; undefined: `length` says it. */
  readonly size: number | undefined;
  /** A field of the record, plus `add`, is its length in bytes. */
  readonly length: { readonly field: ByteAddress; readonly add: number } | undefined;
  /** A field of the frame that counts the records; undefined: they reach to the end. */
  readonly count: ByteAddress | undefined;
}

/** What is done to a raw value, in this order; undefined, 0 and 1 change nothing. */
export interface Transform {
  /** ANDed with an integer. */
  readonly mask: bigint | undefined;
  /** Bits to the right; negative = to the left. */
  readonly shift: number;
  /** Raised to the power of the value. */
  readonly base: number | undefined;
  readonly scale: number;
  readonly offset: number;
  /** Of a Bool, the texts that are true and false. */
  readonly words?: BoolWords | undefined;
}

/** At least one text each, none in both. */
export interface BoolWords {
  readonly on: readonly string[];
  readonly off: readonly string[];
}

/** Numbers count from 1970-01-01T00:00:00Z and may carry a fraction; `iso8601` is text with Z or an offset. */
export const TIME_UNITS = ["ns", "us", "ms", "s", "iso8601"] as const;
export type TimeUnit = (typeof TIME_UNITS)[number];
