// Rewrites fields at fixed places of a frame, all of their bytes, and its checksum. A frame whose length or checksum is wrong
// may have anything anywhere.

import type { ByteAddress, ProfileCodec } from "../../core/format/profile-codec.ts";
import { FrameChecksum } from "./checksum.ts";
import { fieldReader } from "./field.ts";
import type { FieldReader } from "./field.ts";

/** Gives the payload rewritten by `replace`, which is given a field's text (undefined: it is none); undefined: no frame. */
export type RedactFrame<Action> = (
  payload: Buffer,
  replace: (text: string | undefined, action: Action) => string | null,
) => Buffer | undefined;

export interface FrameFieldAction<Action> {
  readonly address: ByteAddress;
  readonly action: Action;
}

/** What is put in the place of a field is cut at its length, and filled up with NUL. */
export function frameRedaction<Action>(
  { minLength, maxLength, check }: Extract<ProfileCodec, { type: "binary" }>,
  fields: readonly FrameFieldAction<Action>[],
): RedactFrame<Action> {
  const checksum = check && new FrameChecksum(check);
  const readers = fields.map(({ address }): FieldReader | undefined =>
    address.as.kind === "text" ? fieldReader(address) : undefined,
  );
  return (payload, replace) => {
    const { length } = payload;
    if (length < minLength || length > maxLength) return undefined;
    if (checksum?.read(payload, 0, length) === false || checksum?.isRight === false)
      return undefined;
    const copy = Buffer.from(payload);
    for (const [i, { address, action }] of fields.entries()) {
      const at = address.at < 0 ? length + address.at : address.at;
      const end = at + address.as.bytes;
      if (at < 0 || end > length) return undefined;
      const text = readers[i]?.(payload, at);
      const by = replace(typeof text === "string" && text !== "" ? text : undefined, action);
      copy.fill(0, at, end);
      if (by !== null) Buffer.from(by).copy(copy, at, 0, end - at);
    }
    checksum?.write(copy);
    return copy;
  };
}
