// Payload values as compact JSON, for an array or map that goes into a STRING column: numbers as they are, bytes in
// base64, keys as text.

import { decimalText } from "../core/value/decimal.ts";
import { PayloadDecimal, PayloadInstant, shownValue } from "./payload-value.ts";
import type { PayloadValue } from "./payload-value.ts";

/** The JSON text of any value; NaN and infinities as text, as JSON has none. */
export function payloadJson(value: PayloadValue): string {
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : `"${value}"`;
  if (typeof value === "string") return JSON.stringify(value);
  if (value === null || typeof value !== "object") return String(value);
  if (value instanceof Uint8Array) return `"${Buffer.from(value).toString("base64")}"`;
  if (value instanceof PayloadDecimal) return decimalText(value.unscaled, value.scale);
  if (value instanceof PayloadInstant) return `"${shownValue(value)}"`;
  if (value instanceof Map) {
    const members = Array.from(value as ReadonlyMap<PayloadValue, PayloadValue>, ([key, item]) => {
      const name = typeof key === "string" ? key : payloadJson(key);
      return `${JSON.stringify(name)}:${payloadJson(item)}`;
    });
    return `{${members.join(",")}}`;
  }
  return `[${(value as readonly PayloadValue[]).map(payloadJson).join(",")}]`;
}
