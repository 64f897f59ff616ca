// Whether a profile's `simulate` can be: its names exist, and its payloads can hold what it asks for.

import { canBeMissing } from "./profile-addresses.ts";
import type { PlacedProblem } from "./problems.ts";
import type { Profile, Simulation } from "./profile.ts";

const PATH = ["x-gateway", "simulate"];

/** What cannot be simulated, each with its place in the file. */
export function simulationProblems(profile: Profile): PlacedProblem[] {
  const { simulate, codec } = profile;
  if (simulate === undefined) return [];
  return [
    ...signalProblems(profile, simulate),
    ...faultProblems(profile, simulate),
    ...constantProblems(profile, simulate),
    ...schemaProblems(codec),
  ];
}

/** Devices do not ask a registry. */
function schemaProblems(codec: Profile["codec"]): PlacedProblem[] {
  if (codec.type !== "avro-confluent" || codec.schema !== undefined) return [];
  const hint = "Name a file: codec: {type: avro-confluent, schema: vibration.avsc}.";
  return [{ path: PATH, message: "avro-confluent is simulated by a schema", hint }];
}

function signalProblems({ resources }: Profile, { signals }: Simulation): PlacedProblem[] {
  return Object.keys(signals).flatMap((name) => {
    const path = [...PATH, "signals", name];
    const resource = resources.find((each) => each.name === name);
    if (resource === undefined) return [{ path, message: `"${name}" is not a resource` }];
    const { mask, shift, base } = resource.transform;
    if (base !== undefined)
      return [{ path, message: `"${name}" has a base: powers are not simulated` }];
    const isRun = shift >= 0 && (mask === undefined || isRunOfBits(mask >> BigInt(shift)));
    // A flag is set by any bit of its mask.
    if (isRun || resource.valueType === "Bool") return [];
    return [{ path, message: `"${name}" is not one run of bits: it is not simulated` }];
  });
}

/** Ones from the lowest bit on. */
function isRunOfBits(mask: bigint): boolean {
  return (mask & (mask + 1n)) === 0n;
}

function faultProblems({ resources, codec }: Profile, simulate: Simulation): PlacedProblem[] {
  return simulate.faults.flatMap(({ on, effect }, i): PlacedProblem[] => {
    const path = [...PATH, "faults", i];
    if (!Object.hasOwn(simulate.signals, on)) {
      return [{ path: [...path, "on"], message: `"${on}" has no signal` }];
    }
    const resource = resources.find(({ name }) => name === on);
    const isWrong = effect.kind === "missing" && resource && !canBeMissing(codec, resource.address);
    if (isWrong !== true) return [];
    return [
      {
        path: [...path, "missing"],
        message: `"${on}" is in every message of codec ${codec.type}`,
        hint: "Use another fault, such as stuck.",
      },
    ];
  });
}

/** Codecs whose places are pointers. */
const WITH_POINTERS = new Set(["json", "cbor", "msgpack", "protobuf"]);

function constantProblems({ codec }: Profile, { constants }: Simulation): PlacedProblem[] {
  if (WITH_POINTERS.has(codec.type)) return [];
  return Object.keys(constants).map((pointer) => ({
    path: [...PATH, "constants", pointer],
    message: `constants are named by pointers, codec ${codec.type} has none`,
    hint: "Make it a resource with a constant signal.",
  }));
}
