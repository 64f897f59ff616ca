// The bytes of a binary frame, each with its meaning: what `headrace profile decode` shows. Also frames that are refused:
// then there are raw values only, and the reason says where it went wrong.

import type { Profile } from "../../config/profile.ts";
import type { ByteAddress, FrameRecords, ProfileCodec } from "../../core/format/profile-codec.ts";
import { checksumFunction } from "../../decode/binary/checksum.ts";
import { fieldReader } from "../../decode/binary/field.ts";
import { byteTypeText } from "./address-text.ts";
import type { Decoded } from "./decoding.ts";
import { formatValue } from "./value-text.ts";

/** Consecutive bytes that mean one thing; bits of the same integer are parts of their own. */
export interface FramePart {
  readonly offset: number;
  readonly bytes: string;
  /** Empty: nothing of the profile. */
  readonly field: string;
  readonly type: string;
  readonly raw: string;
  /** As the row has it; empty for what is no column, and in a dead letter. */
  readonly value: string;
}

/** A field with its address, and the column that holds its value. */
interface Known {
  readonly field: string;
  readonly column: string;
  readonly address: ByteAddress;
}

/** The parts by offset; undefined for a profile of another codec. */
export function frameParts(
  profile: Profile,
  payload: Uint8Array,
  decoded: Decoded,
): FramePart[] | undefined {
  const { codec } = profile;
  if (codec.type !== "binary") return undefined;
  const frame = Buffer.from(payload);
  const starts = codec.records === undefined ? [] : recordStarts(codec.records, frame);
  const parts = knownFields(profile, codec).flatMap((known): FramePart[] => {
    const { address } = known;
    if (!address.inRecord) {
      const at = address.at < 0 ? frame.length + address.at : address.at;
      return partOf(known, frame, at, { decoded, row: 0 });
    }
    return starts.flatMap((start, row) =>
      partOf(known, frame, start + address.at, { decoded, row, name: `record ${row + 1} ` }),
    );
  });
  const all = [...parts, ...checkPart(codec, frame)];
  return [...all, ...gaps(all, frame)].sort((a, b) => a.offset - b.offset);
}

type BinaryCodec = Extract<ProfileCodec, { readonly type: "binary" }>;

function knownFields({ resources, identity, time }: Profile, { records }: BinaryCodec): Known[] {
  const all: (readonly [string, string, unknown])[] = [
    ["sequence", "sequence", identity?.sequence],
    ["time", "event_time", time.address],
    ["base time", "", time.base?.address],
    ...resources.map(({ name, address }) => [name, name, address] as const),
    ["record count", "", records?.count],
    ["record length", "", records?.length?.field],
  ];
  return all.flatMap(([field, column, address]) =>
    isBytes(address) ? [{ field, column, address }] : [],
  );
}

function isBytes(address: unknown): address is ByteAddress {
  return (address as { readonly kind?: unknown } | undefined)?.kind === "bytes";
}

function partOf(
  { field, column, address }: Known,
  frame: Buffer,
  at: number,
  {
    decoded,
    row,
    name = "",
  }: { readonly decoded: Decoded; readonly row: number; readonly name?: string },
): FramePart[] {
  const { bytes: size } = address.as;
  if (at < 0 || at + size > frame.length) return [];
  return [
    {
      offset: at,
      bytes: hexText(frame, at, at + size),
      field: name + field,
      type: byteTypeText(address),
      raw: String(fieldReader(address)(frame, at) ?? "not readable"),
      value: valueText(decoded, column, row),
    },
  ];
}

function valueText(decoded: Decoded, column: string, row: number): string {
  if ("reason" in decoded) return "";
  const index = decoded.table.columns.findIndex(({ name }) => name === column);
  const type = decoded.table.columns[index]?.type;
  return type === undefined ? "" : formatValue(decoded.rows[row]?.[index] ?? null, type);
}

/** Where the records begin that the frame has room for. */
function recordStarts(records: FrameRecords, frame: Buffer): number[] {
  const end = frame.length + records.end;
  const count = records.count && numberAt(records.count, frame, 0);
  const starts: number[] = [];
  for (let at = records.at; at < end && starts.length < (count ?? Infinity);) {
    const { length } = records;
    const size = records.size ?? (length && numberAt(length.field, frame, at) + length.add) ?? 0;
    if (!(size > 0) || at + size > end) break;
    starts.push(at);
    at += size;
  }
  return starts;
}

/** NaN when it is not there. */
function numberAt(address: ByteAddress, frame: Buffer, start: number): number {
  const at = address.at < 0 ? frame.length + address.at : start + address.at;
  return at < 0 || at + address.as.bytes > frame.length
    ? Number.NaN
    : Number(fieldReader(address)(frame, at));
}

function checkPart({ check }: BinaryCodec, frame: Buffer): FramePart[] {
  if (check === undefined) return [];
  const place = (at: number): number => (at < 0 ? frame.length + at : at);
  const { bytes: width, compute } = checksumFunction(check.algorithm);
  const [at, from, to] = [place(check.at), place(check.from), place(check.to)];
  if (at < 0 || at + width > frame.length || from < 0 || to > frame.length || from > to) return [];
  const hex = (value: number): string => `0x${value.toString(16).padStart(2 * width, "0")}`;
  const stored = check.order === "be" ? frame.readUIntBE(at, width) : frame.readUIntLE(at, width);
  const computed = compute(frame, from, to);
  return [
    {
      offset: at,
      bytes: hexText(frame, at, at + width),
      field: `checksum of bytes ${from} to ${to - 1}`,
      type: check.algorithm,
      raw: hex(stored),
      value: stored === computed ? "right" : `the bytes give ${hex(computed)}`,
    },
  ];
}

/** Bytes that no part covers. */
function gaps(parts: readonly FramePart[], frame: Buffer): FramePart[] {
  const isKnown = new Uint8Array(frame.length);
  for (const { offset, bytes } of parts) isKnown.fill(1, offset, offset + (bytes.length + 1) / 3);
  const found: FramePart[] = [];
  for (let from = isKnown.indexOf(0); from >= 0;) {
    const next = isKnown.indexOf(1, from);
    const to = next < 0 ? frame.length : next;
    const bytes = hexText(frame, from, to);
    found.push({ offset: from, bytes, field: "", type: "", raw: "", value: "" });
    from = isKnown.indexOf(0, to);
  }
  return found;
}

function hexText(frame: Buffer, from: number, to: number): string {
  return frame.toString("hex", from, to).replace(/(..)(?=.)/g, "$1 ");
}
