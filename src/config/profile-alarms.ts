// `x-gateway.alarms` and `x-gateway.limits`: alarms of every device of a profile. They become rules (profile-rules.ts), so
// that the conditions, delays and events are those of any other alarm.
//
//   alarms:
//     - {name: overheating, on: temperature, set: 80, clear: 75, onDelay: 10s, severity: high}
//     - {name: sensor_stuck, on: temperature, reason: stuck}      what quality_reasons says
//     - {name: leak, on: leak}                                    a Bool that is true
//     - {name: gone, on: device, reason: offline}                 what x-gateway.availability says
//     - {name: silent, on: device, reason: silent}                after quality.silentFor; there without being written
//   limits:
//     temperature: {lowLow: 0, low: 5, high: 80, highHigh: 95, deadband: 2, onDelay: 10s}

import { CLOCK_REASONS, QUALITY_REASONS } from "../core/format/profile-decoding.ts";
import type { MeasurementReason, QualityReason } from "../core/format/profile-decoding.ts";
import { SEVERITIES } from "../core/severity.ts";
import { didYouMean } from "../core/suggest.ts";
import { choice, duration, list, number, pattern, section, text, z } from "./fields.ts";
import type { Field } from "./fields.ts";
import type { PlacedProblem } from "./problems.ts";
import type { DeviceResource, Profile, ProfileAlarm, ProfileLimits } from "./profile.ts";
import type { Path } from "./yaml.ts";

/** Of a device, besides those of its values. */
const DEVICE_REASONS = ["offline", "silent"] as const;
type DeviceReason = (typeof DEVICE_REASONS)[number];
const REASONS: readonly (QualityReason | DeviceReason)[] = [...QUALITY_REASONS, ...DEVICE_REASONS];

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** An element of `alarms`. */
export const ALARM: Field<ProfileAlarm> = section({
  name: pattern(NAME, "a name of letters, digits and _"),
  on: text(),
  set: number().optional(),
  clear: number().optional(),
  reason: choice(REASONS).optional(),
  ignore: list(choice(QUALITY_REASONS)).default([]),
  severity: choice(SEVERITIES).default("medium"),
  onDelay: duration().default(0),
  offDelay: duration().default(0),
  message: text().optional(),
}).transform(({ set, clear, reason, onDelay, offDelay, ...rest }, context): ProfileAlarm => {
  const wrong =
    set !== undefined && reason !== undefined
      ? "has both set and reason: it is one or the other"
      : set === undefined && clear !== undefined
        ? "has clear, which goes with set"
        : undefined;
  if (wrong !== undefined) {
    context.issues.push({ code: "custom", message: wrong, input: set });
    return z.NEVER;
  }
  const condition: ProfileAlarm["condition"] =
    set !== undefined
      ? { kind: "limit", set, clear: clear ?? set }
      : reason === undefined
        ? { kind: "true" }
        : isOfDevice(reason)
          ? { kind: reason }
          : { kind: "reason", reason };
  const { name, on, ignore, severity, message } = rest;
  const delays = { onDelayMs: onDelay, offDelayMs: offDelay };
  return { name, on, condition, ignore, severity, ...delays, message };
});

/** A value of `limits`. */
export const LIMITS: Field<ProfileLimits> = section({
  lowLow: number().optional(),
  low: number().optional(),
  high: number().optional(),
  highHigh: number().optional(),
  deadband: number({ min: 0 }).default(0),
  onDelay: duration().default(0),
  offDelay: duration().default(0),
}).transform(({ lowLow, low, high, highHigh, deadband, onDelay, offDelay }, context) => {
  const given = [lowLow, low, high, highHigh].filter((each) => each !== undefined);
  const isAscending = given.every((each, i) => i === 0 || each > (given[i - 1] as number));
  const isLow = (low ?? lowLow) !== undefined;
  const message =
    given.length === 0
      ? "must have one of lowLow, low, high, highHigh"
      : !isAscending
        ? "must have lowLow < low < high < highHigh"
        : // An alarm whose `clear` is its `set` is raised above it.
          isLow && deadband === 0
          ? "has a low limit, which needs a deadband above 0"
          : undefined;
  if (message !== undefined) {
    context.issues.push({ code: "custom", message, input: given });
    return z.NEVER;
  }
  return { lowLow, low, high, highHigh, deadband, onDelayMs: onDelay, offDelayMs: offDelay };
});

const LIMIT_KINDS = [
  { key: "lowLow", suffix: "low_low", severity: "high", back: 1 },
  { key: "low", suffix: "low", severity: "medium", back: 1 },
  { key: "high", suffix: "high", severity: "medium", back: -1 },
  { key: "highHigh", suffix: "high_high", severity: "high", back: -1 },
] as const;

const SILENT: ProfileAlarm = {
  name: "silent",
  on: "device",
  condition: { kind: "silent" },
  ignore: [],
  severity: "medium",
  onDelayMs: 0,
  offDelayMs: 0,
  message: undefined,
};

/** All alarms of a profile: those of its limits are named `temperature_high`, that of silent devices `silent`. */
export function alarmsOf({ alarms, limits, quality }: Profile): readonly ProfileAlarm[] {
  const ofLimits = Object.entries(limits).flatMap(([on, own]): ProfileAlarm[] =>
    LIMIT_KINDS.flatMap(({ key, suffix, severity, back }): ProfileAlarm[] => {
      const set = own[key];
      if (set === undefined) return [];
      const { onDelayMs, offDelayMs, deadband } = own;
      const clear = set + back * deadband;
      const condition = { kind: "limit", set, clear } as const;
      const delays = { onDelayMs, offDelayMs };
      const name = `${on}_${suffix}`;
      return [{ name, on, condition, ignore: [], severity, ...delays, message: undefined }];
    }),
  );
  const isMissed = quality.deviceSilentForMs !== undefined;
  const isWritten = alarms.some(({ condition }) => condition.kind === "silent");
  return [...alarms, ...ofLimits, ...(isMissed && !isWritten ? [SILENT] : [])];
}

/** Names that are not there, alarms that can never be raised; each with its place in the file. */
export function alarmProblems(profile: Profile): PlacedProblem[] {
  const { alarms, limits, resources } = profile;
  const problems: PlacedProblem[] = [];
  const typeOf = new Map(resources.map(({ name, valueType }) => [name, valueType]));
  const add = (path: Path, message: string, hint?: string): void => {
    problems.push({ path: ["x-gateway", ...path], message, hint });
  };
  const all = alarmsOf(profile);
  for (const [i, alarm] of alarms.entries()) {
    const { name, on, condition } = alarm;
    const path = ["alarms", i];
    if (all.some((other) => other !== alarm && other.name === name)) {
      add([...path, "name"], `"${name}" is the name of two alarms`);
    }
    const type = typeOf.get(on);
    if (condition.kind === "reason") {
      const never = neverOccurs(profile, on, condition.reason);
      if (never !== undefined) add([...path, "reason"], never);
    } else if (isOfDevice(condition.kind)) {
      const never = deviceNever(profile, on, condition.kind);
      if (never !== undefined) add([...path, "reason"], never);
      if (alarm.ignore.length > 0) add([...path, "ignore"], "ignore goes with values");
    } else if (type === undefined) {
      add([...path, "on"], `"${on}" is not a resource`, didYouMean(on, [...typeOf.keys()]));
    } else if (condition.kind === "true" && type !== "Bool") {
      add(path, `has neither set nor reason, and "${on}" is ${type}, not Bool`);
    } else if (condition.kind === "limit" && !isNumber(type)) {
      add([...path, "set"], `"${on}" is ${type}: set goes with numbers`);
    }
  }
  for (const name of Object.keys(limits)) {
    const type = typeOf.get(name);
    if (type === undefined) {
      add(["limits", name], `"${name}" is not a resource`, didYouMean(name, [...typeOf.keys()]));
    } else if (!isNumber(type)) {
      add(["limits", name], `"${name}" is ${type}: limits go with numbers`);
    }
  }
  return problems;
}

function isNumber(type: DeviceResource["valueType"]): boolean {
  return type !== "Bool" && type !== "String";
}

function isOfDevice(kind: string): kind is DeviceReason {
  return DEVICE_REASONS.some((each) => each === kind);
}

function deviceNever(
  { availability, quality }: Profile,
  on: string,
  reason: DeviceReason,
): string | undefined {
  if (on !== "device") return `"${on}" is never ${reason}: write on: device`;
  const needs = { offline: "availability", silent: "quality.silentFor" } as const;
  const given = { offline: availability, silent: quality.deviceSilentForMs }[reason];
  return given === undefined ? `a device is never ${reason} without ${needs[reason]}` : undefined;
}

/** Why `quality_reasons` never says `reason` of column `on`. */
function neverOccurs(profile: Profile, on: string, reason: QualityReason): string | undefined {
  const isOfTime = CLOCK_REASONS.some((each) => each === reason);
  if (on === "event_time" || isOfTime) {
    return on === "event_time" && isOfTime ? undefined : `"${on}" is never ${reason}`;
  }
  const { quality, resources } = profile;
  const resource = resources.find(({ name }) => name === on);
  if (resource === undefined) return `"${on}" is not a resource`;
  const needs: Readonly<Record<MeasurementReason, readonly [boolean, string]>> = {
    range: [(resource.minimum ?? resource.maximum) !== undefined, "a minimum or maximum"],
    stuck: [Object.hasOwn(quality.stuckForMs, on), "quality.stuckFor"],
    stale: [Object.hasOwn(quality.silentForMs, on), "quality.silentFor"],
    flag: [quality.flags.some((flag) => (flag.on ?? flag.resource) === on), "quality.flags"],
  };
  const [isThere, what] = needs[reason as MeasurementReason];
  return isThere ? undefined : `"${on}" is never ${reason} without ${what}`;
}
