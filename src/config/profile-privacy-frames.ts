// What of a binary frame can be kept private: bytes at a fixed place that nothing else is read from, so that they can be
// cleared and the rest stays what it is.

import { checksumNamed } from "../core/format/checksums.ts";
import type { ByteAddress } from "../core/format/profile-codec.ts";
import type { PlacedProblem } from "./problems.ts";
import { placesOf } from "./profile-addresses.ts";
import type { DeviceResource, Profile } from "./profile.ts";

/** Characters of a hash. */
const HASH_BYTES = 32;

/** Bytes [from, to) of a frame; negative or 0 as an end: from the frame's end. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** What cannot be, each with its place in the file; none for other codecs. */
export function framePrivacyProblems(profile: Profile): PlacedProblem[] {
  const { privacy, resources, codec } = profile;
  if (privacy === undefined || codec.type !== "binary") return [];
  const path = ["x-gateway", "privacy"];
  if (codec.minLength === 0) {
    const hint = "What is no frame becomes an empty one, which must be none.";
    return [{ path, message: "privacy of frames needs a codec.minLength above 0", hint }];
  }
  return resources.flatMap((resource): PlacedProblem[] => {
    const action = privacy.fields[resource.name];
    if (action === undefined || resource.address.kind !== "bytes") return [];
    const message =
      placeProblem(resource.address) ??
      textProblem(resource.address, action.kind) ??
      overlapProblem(profile, resource);
    return message === undefined ? [] : [{ path: [...path, "fields", resource.name], message }];
  });
}

function placeProblem({ inRecord, bits }: ByteAddress): string | undefined {
  if (inRecord) return "privacy of a field of a record is not built yet";
  return bits === undefined ? undefined : "privacy of bits is not built yet";
}

function textProblem({ as }: ByteAddress, action: string): string | undefined {
  if (action === "drop") return undefined;
  if (as.kind !== "text") return `${action} makes text, and its bytes are none`;
  if (action !== "hash" || as.bytes >= HASH_BYTES) return undefined;
  return `a hash has ${HASH_BYTES} bytes, the field has ${as.bytes}`;
}

/** What else is read from its bytes. */
function overlapProblem(profile: Profile, { address }: DeviceResource): string | undefined {
  const { codec } = profile;
  if (codec.type !== "binary" || address.kind !== "bytes") return undefined;
  const own = spanOf(address);
  const { check, records, minLength } = codec;
  const others = placesOf(profile).map((each) => each.address);
  const spans = [...others, records?.count].flatMap((each) =>
    each?.kind === "bytes" && each !== address && !each.inRecord ? [spanOf(each)] : [],
  );
  if (check !== undefined) {
    const bytes = (checksumNamed(check.algorithm)?.width ?? 0) / 8;
    spans.push({ from: check.at, to: check.at + bytes });
  }
  if (records !== undefined) spans.push({ from: records.at, to: records.end });
  return spans.some((span) => !areApart(own, span, minLength))
    ? "something else is read from its bytes"
    : undefined;
}

function spanOf({ at, as }: ByteAddress): Span {
  return { from: at, to: at + as.bytes };
}

/** Whether they have no byte in common in any frame of at least so many bytes. */
function areApart(one: Span, other: Span, minLength: number): boolean {
  return isBefore(one, other, minLength) || isBefore(other, one, minLength);
}

/** Whether the first ends where the second begins, or before. */
function isBefore({ from, to }: Span, second: Span, minLength: number): boolean {
  // An end that is not above 0 counts from the end of the frame, as a beginning below 0 does.
  const endsAtEnd = from < 0 || to <= 0;
  const beginsAtEnd = second.from < 0;
  if (endsAtEnd === beginsAtEnd) return to <= second.from;
  return endsAtEnd ? false : to <= minLength + second.from;
}
