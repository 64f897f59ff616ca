// A small JSON profile for the simulator's tests: temperature walks, vibration is noisy, a fault can be put on both.

import { UNSAID } from "../../src/config/profile-defaults.ts";
import type { DeviceResource, Fault, Profile, Simulation } from "../../src/config/profile.ts";
import type { Address, Transform } from "../../src/core/format/profile-codec.ts";

export interface FixtureOptions {
  readonly simulate?: Partial<Simulation>;
  readonly faults?: readonly Fault[];
  readonly resources?: readonly DeviceResource[];
}

/** Devices of this profile send `{"device":…,"seq":…,"ts":…,"temperature":…,"vibration":…}` every second. */
export function profileFixture(options: FixtureOptions = {}): Profile {
  return {
    name: "test-sensor",
    manufacturer: "",
    model: "",
    description: "",
    labels: [],
    file: "test-sensor.yaml",
    resources: options.resources ?? [resource("temperature"), resource("vibration")],
    topic: "plant/{line}/{device}/up",
    captures: ["line", "device"],
    except: [],
    qos: 1,
    codec: { type: "json" },
    time: {
      address: at("ts"),
      unit: "ms",
      base: undefined,
      everyMs: 0,
      maxFutureMs: 5000,
      outOfOrderMs: 5000,
      missing: "dead-letter",
      whenUnsynced: "accept",
      whenAhead: "dead-letter",
    },
    identity: {
      key: "device",
      sequence: at("seq"),
      epoch: undefined,
      wraps: undefined,
      window: undefined,
      uncertain: "drop",
    },
    ...UNSAID,
    simulate: {
      everyMs: 1000,
      jitterMs: 0,
      signals: {
        temperature: { kind: "ou", mean: 48, tauMs: 60_000, sigma: 1.5 },
        vibration: { kind: "noise", base: 2, noise: 0.2 },
      },
      faults: options.faults ?? [],
      constants: { "/device": "{device}" },
      ...options.simulate,
    },
    examples: [],
  };
}

/** A plain Float64 resource at `/name`. */
export function resource(name: string, changes: Partial<DeviceResource> = {}): DeviceResource {
  return {
    name,
    description: "",
    address: at(name),
    valueType: "Float64",
    units: "",
    transform: AS_IT_IS,
    minimum: undefined,
    maximum: undefined,
    ...changes,
  };
}

/** No transformation. */
export const AS_IT_IS: Transform = {
  mask: undefined,
  shift: 0,
  base: undefined,
  scale: 1,
  offset: 0,
};

/** The address of a value in JSON, by its steps. */
export function at(...path: string[]): Address {
  return { kind: "path", path };
}
