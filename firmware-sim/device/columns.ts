// The rows that a device's facts are, computed as the profile defines them. The decoder has its own code for this.

import type { DeviceResource, Profile } from "../../src/config/profile.ts";
import { isFixed, powerOfTen, simulatedResources } from "./compile.ts";
import type { Fact } from "./device.ts";
import type { DevicePlan, SignalPlan } from "./plan.ts";

/** The value of every resource by name; what the device does not send is null. */
export function columnValues(
  profile: Profile,
  plan: DevicePlan,
  { values }: Pick<Fact, "values">,
): Record<string, number | string | boolean | null> {
  const simulation = profile.simulate;
  if (simulation === undefined) return {};
  const varying = simulatedResources(profile, simulation);
  return Object.fromEntries(
    profile.resources.map((resource) => {
      const { name } = resource;
      const signal = simulation.signals[name];
      if (signal === undefined) return [name, simulation.constants[pointerOf(resource)] ?? null];
      if (isFixed(signal)) return [name, signal.value];
      const index = varying.indexOf(resource);
      const units = values[index] ?? null;
      return [
        name,
        units === null ? null : columnValue(resource, plan.signals[index] as SignalPlan, units),
      ];
    }),
  );
}

/** The column value of `units`. */
export function columnValue(
  resource: DeviceResource,
  { decimals, isSingle }: Pick<SignalPlan, "decimals" | "isSingle">,
  units: number,
): number {
  const payload = units / powerOfTen(decimals);
  const raw = isSingle ? Math.fround(payload) : payload;
  const { scale, offset } = resource.transform;
  const value = scale === 1 && offset === 0 ? raw : raw * scale + offset;
  if (resource.valueType === "Float64") return value;
  return resource.valueType === "Float32" ? Math.fround(value) : Math.round(value);
}

/** As `constants` name places. */
function pointerOf({ address }: DeviceResource): string {
  if (address.kind !== "path") return "";
  return address.path
    .map((step) => `/${step.replaceAll("~", "~0").replaceAll("/", "~1")}`)
    .join("");
}
