// What a payload can hold where a resource stands: whole numbers of some bits, floats of 32 bits, or any number. The
// simulator makes no values that the payload would change.

import type { DeviceResource, Profile, ValueType } from "../../src/config/profile.ts";
import type { Address, ProfileCodec } from "../../src/core/format/profile-codec.ts";
import { protobufField } from "../codec/protobuf.ts";

export interface RawForm {
  readonly kind: "whole" | "single" | "any";
  /** Inclusive. */
  readonly minimum: number;
  readonly maximum: number;
}

const ANY: RawForm = { kind: "any", minimum: -Infinity, maximum: Infinity };

/** What can stand at an address. */
function rawForm(codec: ProfileCodec, address: Address): RawForm {
  if (address.kind === "bytes") {
    const { as, bits } = address;
    switch (as.kind) {
      case "float":
        return as.bytes === 4 ? { ...ANY, kind: "single" } : ANY;
      case "bcd":
        return { kind: "whole", minimum: 0, maximum: powerOf(10, 2 * as.bytes) - 1 };
      case "signed":
      case "unsigned":
        return integers(bits?.count ?? 8 * as.bytes, as.kind === "signed");
      default:
        return ANY;
    }
  }
  if (codec.type !== "protobuf" || address.kind !== "path") return ANY;
  const type = protobufField(codec.schema, address.path)?.type;
  if (type?.kind !== "scalar" || type.scalar === "double") return ANY;
  if (type.scalar === "float") return { ...ANY, kind: "single" };
  return integers(type.scalar.endsWith("32") ? 32 : 64, !/^u|^f/.test(type.scalar));
}

/** What is left of it for a resource behind mask and shift, which the configuration has checked to be one run of bits. */
export function maskedForm(codec: ProfileCodec, { address, transform }: DeviceResource): RawForm {
  const form = rawForm(codec, address);
  const { mask, shift } = transform;
  if (mask !== undefined)
    return { kind: "whole", minimum: 0, maximum: Number(mask >> BigInt(shift)) };
  const { kind, minimum, maximum } = form;
  const power = powerOf(2, shift);
  return { kind, minimum: Math.ceil(minimum / power), maximum: Math.floor(maximum / power) };
}

const VALUE_RANGES: Partial<Record<ValueType, RawForm>> = {
  Int8: integers(8, true),
  Int16: integers(16, true),
  Int32: integers(32, true),
  Int64: integers(64, true),
  Uint8: integers(8, false),
  Uint16: integers(16, false),
  Uint32: integers(32, false),
  Uint64: integers(64, false),
};

/** The column values that a value type has. */
export function valueRange(type: ValueType): RawForm {
  return VALUE_RANGES[type] ?? ANY;
}

/** Whether the resource's raw values are whole: the payload or the column has no others, or the profile scales them. */
export function isWhole({ codec }: Profile, resource: DeviceResource): boolean {
  const { valueType, transform } = resource;
  const { kind } = maskedForm(codec, resource);
  if (kind !== "any") return kind === "whole";
  return !valueType.startsWith("Float") || transform.scale !== 1;
}

/** The step of the clock that event time is written by, in milliseconds: whole seconds may be all that fits. */
export function clockStepMs({ codec, time }: Profile): number {
  const last = time.address ?? time.base?.address;
  const unit = time.address === undefined ? time.base?.unit : time.unit;
  if (last === undefined || unit !== "s") return 1;
  return rawForm(codec, last).kind === "whole" ? 1000 : 1;
}

/** Beyond 2^53 a signal's value would not be exact. */
function integers(bits: number, isSigned: boolean): RawForm {
  const range = powerOf(2, isSigned ? bits - 1 : bits);
  const limit = Number.MAX_SAFE_INTEGER;
  return {
    kind: "whole",
    minimum: isSigned ? Math.max(-range, -limit) : 0,
    maximum: Math.min(range - 1, limit),
  };
}

/** Exact up to 2^53; the language does not promise that of `**`. */
function powerOf(base: number, exponent: number): number {
  let power = 1;
  for (let i = 0; i < exponent; i++) power *= base;
  return power;
}
