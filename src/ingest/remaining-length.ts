// The length field of a packet: seven bits a byte, the low ones first, one to four bytes. @see MQTT 5.0 §1.5.5

/** The field has not come whole. */
export const INCOMPLETE = -1;
/** The field has more than four bytes, or more than its value needs. */
export const OVERLONG = -2;

/** The Remaining Length at bytes[start], where [start, end) is there; or INCOMPLETE or OVERLONG. */
export function remainingLength(bytes: Buffer, start: number, end: number): number {
  let length = 0;
  for (let i = 0; i < 4; i++) {
    if (start + i >= end) return INCOMPLETE;
    const byte = bytes[start + i]!;
    length |= (byte & 127) << (7 * i);
    // Callers derive the field's size from its value, so an overlong one must not pass.
    if (byte < 128) return lengthBytes(length) === i + 1 ? length : OVERLONG;
  }
  return OVERLONG;
}

/** How many bytes the field has for this value. */
export function lengthBytes(remaining: number): number {
  if (remaining < 128) return 1;
  if (remaining < 16_384) return 2;
  return remaining < 2_097_152 ? 3 : 4;
}
