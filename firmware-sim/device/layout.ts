// Which fields a device's payload has, and what stands in them: constants, sequence number, time, measurements.

import type { DeviceResource, Profile, Simulation } from "../../src/config/profile.ts";
import type { TimeUnit } from "../../src/core/format/profile-codec.ts";
import type { Cell, PayloadField } from "../codec/node.ts";
import type { Fact } from "./device.ts";
import { isFixed, powerOfTen, simulatedResources } from "./compile.ts";
import type { DevicePlan } from "./plan.ts";

/** The fields in the order in which they are sent. `fill` puts topic captures into constant texts. */
export function* payloadFields(
  profile: Profile,
  plan: DevicePlan,
  fill: (text: string) => string,
): Generator<PayloadField> {
  const simulation = profile.simulate;
  if (simulation === undefined) return;
  for (const [pointer, value] of Object.entries(simulation.constants)) {
    const cell = typeof value === "string" ? fill(value) : value;
    yield { address: { kind: "path", path: steps(pointer) }, cell: () => cell };
  }
  const { identity } = profile;
  if (identity !== undefined) {
    const { sequence, wraps } = identity;
    yield {
      address: sequence,
      cell: (fact) => (wraps === undefined ? fact.sequence : fact.sequence % wraps),
    };
  }
  yield* timeFields(profile);
  yield* measurements(profile, simulation, plan);
}

/** A base takes whole minutes where another field has the rest. */
const BASE_STEP_MS = 60_000;

function* timeFields({ time: { address, unit, base } }: Profile): Generator<PayloadField> {
  const rest = ({ eventTimeMs }: Fact): number => eventTimeMs % BASE_STEP_MS;
  if (base !== undefined) {
    const own = (fact: Fact): number => fact.eventTimeMs - (address === undefined ? 0 : rest(fact));
    yield { address: base.address, cell: (fact) => timeCell(own(fact), base.unit) };
  }
  if (address === undefined) return;
  const own = base === undefined ? (fact: Fact): number => fact.eventTimeMs : rest;
  yield { address, cell: (fact) => timeCell(own(fact), unit) };
}

function timeCell(ms: number, unit: TimeUnit): Cell {
  switch (unit) {
    case "ns":
      return BigInt(ms) * 1_000_000n;
    case "us":
      return ms * 1000;
    case "ms":
      return ms;
    case "s":
      return decimal(ms, 3);
    case "iso8601":
      return new Date(ms).toISOString();
  }
}

function* measurements(
  profile: Profile,
  simulation: Simulation,
  plan: DevicePlan,
): Generator<PayloadField> {
  const varying = simulatedResources(profile, simulation);
  for (const resource of profile.resources) {
    const signal = simulation.signals[resource.name];
    if (signal === undefined) continue;
    const { address } = resource;
    if (isFixed(signal)) {
      const cell = constantCell(resource, signal.value);
      yield { address, cell: () => cell };
      continue;
    }
    const index = varying.indexOf(resource);
    const decimals = plan.signals[index]?.decimals ?? 0;
    yield {
      address,
      cell: ({ values }) => {
        const units = values[index] ?? null;
        return units === null ? undefined : placed(resource, decimal(units, decimals));
      },
    };
  }
}

/** The number that is units × 10^-decimals: the nearest double, whose shortest text is that decimal up to 15 digits. */
function decimal(units: number, decimals: number): number {
  return units / powerOfTen(decimals);
}

/** A flag may have words of its own; among the bits of a frame it is all bits of its mask. */
function constantCell({ address, transform }: DeviceResource, value: Cell): Cell {
  if (typeof value !== "boolean") return value;
  const { words } = transform;
  if (words !== undefined) return (value ? words.on : words.off)[0] ?? "";
  if (address.kind !== "bytes") return value;
  return value ? (transform.mask ?? 1n) : 0n;
}

/** Where mask and shift will look for it. */
function placed({ transform: { shift } }: DeviceResource, value: number): Cell {
  if (shift === 0) return value;
  return shift > 0 ? BigInt(value) << BigInt(shift) : BigInt(value) >> BigInt(-shift);
}

/** @see RFC 6901: ~1 is a slash, ~0 a tilde. */
function steps(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}
