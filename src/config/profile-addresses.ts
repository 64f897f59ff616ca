// Whether the addresses of a profile go with its codec, and with one another.

import { EACH } from "../core/format/profile-codec.ts";
import type { Address, ProfileCodec } from "../core/format/profile-codec.ts";
import type { PlacedProblem } from "./problems.ts";
import { hasPresence, pathProblem } from "./schema-paths.ts";
import type { Profile } from "./profile.ts";
import type { Path } from "./yaml.ts";

/** The kind of address of each codec, and how it is written. */
const KINDS: Readonly<Record<ProfileCodec["type"], readonly [Address["kind"], string]>> = {
  json: ["path", "pointer: /temperature"],
  cbor: ["path", "pointer: /temperature"],
  msgpack: ["path", "pointer: /temperature"],
  avro: ["path", "path: temperature"],
  "avro-confluent": ["path", "path: temperature"],
  protobuf: ["path", "path: temperature"],
  binary: ["bytes", "at: 10, as: u16be"],
  csv: ["column", "column: 1"],
  senml: ["measurement", "name: temperature"],
  text: ["payload", "attributes: {}"],
};

/** What does not fit, each with its place in the file. */
export function addressProblems(profile: Profile): PlacedProblem[] {
  const places = placesOf(profile);
  const [kind, example] = KINDS[profile.codec.type];
  const wrong = places.filter(({ address }) => address.kind !== kind);
  if (wrong.length > 0) {
    return wrong.map(({ path, address }) => ({
      path,
      message:
        address.kind === "payload"
          ? "does not say where in the payload it stands"
          : `codec ${profile.codec.type} finds values by another kind of address`,
      hint: `Write ${example}.`,
    }));
  }
  return [
    ...recordProblems(profile, places),
    ...arrayProblems(places),
    ...schemaProblems(profile, places),
  ];
}

/**
 * Whether a message may leave out what stands at an address. A frame has all of its bytes; protobuf reads a field without
 * presence that is not there as its default.
 */
export function canBeMissing(codec: ProfileCodec, address: Address): boolean {
  switch (codec.type) {
    case "binary":
    case "text":
    case "avro":
    case "avro-confluent":
      return false;
    case "protobuf":
      return address.kind === "path" && hasPresence(codec.schema, address.path);
    default:
      return true;
  }
}

/** An address, and where it stands in the file. */
export interface Place {
  readonly path: Path;
  readonly address: Address;
}

/** All addresses of a profile but those of its codec. */
export function placesOf({ resources, identity, time }: Profile): Place[] {
  const places: Place[] = resources.map(({ address }, i) => {
    return { path: ["deviceResources", i, "attributes"], address };
  });
  const add = (address: Address | undefined, path: Path): void => {
    if (address !== undefined) places.push({ path: ["x-gateway", ...path], address });
  };
  add(identity?.sequence, ["identity", "sequence"]);
  add(time.address, ["time"]);
  add(time.base?.address, ["time", "base"]);
  return places;
}

function recordProblems({ codec }: Profile, places: readonly Place[]): PlacedProblem[] {
  if (codec.type !== "binary") return [];
  const inRecord = places.filter(({ address }) => address.kind === "bytes" && address.inRecord);
  if (codec.records === undefined) {
    return inRecord.map(({ path }) => ({
      path,
      message: "has record, but the codec has no records",
      hint: "Write at, or give the codec records.",
    }));
  }
  const { size } = codec.records;
  return inRecord.flatMap(({ path, address }) => {
    if (address.kind !== "bytes" || size === undefined) return [];
    const end = address.at + address.as.bytes;
    return end <= size ? [] : [{ path, message: `ends at byte ${end} of a record of ${size}` }];
  });
}

function schemaProblems({ codec }: Profile, places: readonly Place[]): PlacedProblem[] {
  return places.flatMap(({ path, address }) => {
    const problem = address.kind === "path" ? pathProblem(codec, address.path) : undefined;
    return problem === undefined ? [] : [{ path, ...problem }];
  });
}

/** A `*` stands once in a path, and all of them for the same array. */
function arrayProblems(places: readonly Place[]): PlacedProblem[] {
  let array: string | undefined;
  return places.flatMap(({ path, address }) => {
    if (address.kind !== "path") return [];
    const at = address.path.indexOf(EACH);
    if (at < 0) return [];
    if (address.path.includes(EACH, at + 1)) return [{ path, message: "has more than one *" }];
    const own = JSON.stringify(address.path.slice(0, at));
    array ??= own;
    const message = "has a * for another array than the addresses before it";
    return own === array ? [] : [{ path, message }];
  });
}
