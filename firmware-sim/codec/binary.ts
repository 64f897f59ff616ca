// Binary frames: fields at their places, ORed into a frame of zeros, since several may share bytes; one record where the
// profile has records; then the checksum. The frame is as short as its fields allow, at least the profile's minLength.

import type {
  ByteAddress,
  ByteType,
  FrameCheck,
  FrameRecords,
  ProfileCodec,
} from "../../src/core/format/profile-codec.ts";
import type { Fact } from "../device/device.ts";
import { floatBytes } from "./byte-writer.ts";
import { checksum } from "./checksum.ts";
import type { Cell, PayloadField } from "./node.ts";

type FrameCodec = Extract<ProfileCodec, { type: "binary" }>;

interface FrameField {
  readonly address: ByteAddress;
  readonly cell: PayloadField["cell"];
}

/** The writer of frames. A value that is missing stays zero: a frame has all of its fields. */
export function binaryWriter(
  fields: readonly PayloadField[],
  codec: FrameCodec,
): (fact: Fact) => Uint8Array {
  const own: FrameField[] = fields.map(({ address, cell }) => {
    if (address.kind !== "bytes") throw new Error(`a frame has no place of kind ${address.kind}`);
    return { address, cell };
  });
  const { check, records } = codec;
  const recordSize = records === undefined ? 0 : (records.size ?? extent(own, records));
  if (records !== undefined) own.push(...recordHead(records, recordSize));
  const length = frameLength(own, codec, recordSize);
  return (fact) => {
    const frame = new Uint8Array(length);
    for (const { address, cell } of own) {
      const value = cell(fact);
      if (value !== undefined) put(frame, placeOf(address, length, records), { address, value });
    }
    if (check !== undefined) putCheck(frame, check);
    return frame;
  };
}

/** Bytes of a record by its fields. */
function extent(fields: readonly FrameField[], { length }: FrameRecords): number {
  const inRecord = fields.filter(({ address }) => address.inRecord).map(({ address }) => address);
  const places = length === undefined ? inRecord : [...inRecord, length.field];
  return Math.max(...places.map(({ at, as }) => at + as.bytes));
}

/** The fields that say how long the record is and how many there are. */
function recordHead({ length, count }: FrameRecords, size: number): FrameField[] {
  const head: FrameField[] = [];
  if (length !== undefined) head.push({ address: length.field, cell: () => size - length.add });
  if (count !== undefined) head.push({ address: count, cell: () => 1 });
  return head;
}

function frameLength(
  fields: readonly FrameField[],
  { minLength, check, records }: FrameCodec,
  recordSize: number,
): number {
  let front = records === undefined ? 0 : records.at + recordSize;
  let back = records === undefined ? 0 : -records.end;
  const places = fields.filter(({ address }) => !address.inRecord).map(({ address }) => address);
  for (const { at, as } of places) {
    if (at < 0) back = Math.max(back, -at);
    else front = Math.max(front, at + as.bytes);
  }
  if (check !== undefined) {
    const { bytes } = checksum(check.algorithm, new Uint8Array());
    if (check.at < 0) back = Math.max(back, -check.at);
    else front = Math.max(front, check.at + bytes);
  }
  return Math.max(minLength, front + back);
}

function placeOf(
  { at, inRecord }: ByteAddress,
  length: number,
  records: FrameRecords | undefined,
): number {
  if (inRecord) return (records?.at ?? 0) + at;
  return at < 0 ? length + at : at;
}

function put(
  frame: Uint8Array,
  at: number,
  { address, value }: { readonly address: ByteAddress; readonly value: Cell },
): void {
  const { as, bits } = address;
  for (const [i, byte] of bytesOf(as, bits, value).entries()) {
    const place = at + position(i, as);
    frame[place] = (frame[place] ?? 0) | byte;
  }
}

/** Where byte i, counted from the most significant, stands. */
function position(i: number, { kind, bytes, order }: ByteType): number {
  if (kind === "text" || kind === "hex") return i;
  switch (order) {
    case "be":
      return i;
    case "le":
      return bytes - 1 - i;
    case "be-words":
      return bytes - 2 - (i - (i % 2)) + (i % 2);
    case "le-words":
      return i % 2 === 0 ? i + 1 : i - 1;
  }
}

function bytesOf(as: ByteType, bits: ByteAddress["bits"], value: Cell): Uint8Array {
  switch (as.kind) {
    case "float":
      return floatBytes(Number(value), as.bytes === 4 ? 4 : 8);
    case "text":
      return Buffer.from(String(value)).subarray(0, as.bytes);
    case "hex":
      return Buffer.from(String(value), "hex");
    case "bcd":
      return Buffer.from(String(value).padStart(2 * as.bytes, "0"), "hex");
    default: {
      const { first, count } = bits ?? { first: 0, count: 8 * as.bytes };
      const whole = BigInt.asUintN(count, BigInt(value)) << BigInt(first);
      return Buffer.from(whole.toString(16).padStart(2 * as.bytes, "0"), "hex");
    }
  }
}

function putCheck(frame: Uint8Array, { algorithm, at, order, from, to }: FrameCheck): void {
  const place = (index: number): number => (index < 0 ? frame.length + index : index);
  const { value, bytes } = checksum(algorithm, frame.subarray(place(from), place(to)));
  for (let i = 0; i < bytes; i++) {
    const shift = 8 * (order === "le" ? i : bytes - 1 - i);
    frame[place(at) + i] = (value >>> shift) & 0xff;
  }
}
