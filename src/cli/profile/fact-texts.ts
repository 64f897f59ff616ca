// What a profile says of its rows, in words: for the terminal and for the page.

import type {
  Profile,
  ProfileAvailability,
  ProfileIdentity,
  ProfilePrivacy,
  ProfileQuality,
  ProfileTime,
} from "../../config/profile.ts";
import { addressText } from "./address-text.ts";

/** What is told of a profile. Undefined or empty: there is nothing to say. */
export interface FactTexts {
  readonly watermark: string;
  readonly time: string;
  readonly clock: string;
  readonly identity: string | undefined;
  readonly quality: readonly string[];
  readonly availability: string | undefined;
  readonly privacy: readonly string[];
  readonly uplink: string | undefined;
}

export function factTexts(profile: Profile): FactTexts {
  const { time, identity, quality, availability, privacy, uplink } = profile;
  return {
    watermark: watermarkText(time),
    time: timeText(time),
    clock: clockText(time),
    identity: identity && identityText(identity),
    quality: qualityTexts(quality),
    availability: availability && availabilityText(availability),
    privacy: privacyTexts(privacy),
    uplink: uplink && `${uplink.topic}, by ${uplink.key}, as ${uplink.schema}`,
  };
}

/** Where event time comes from. */
export function timeText({ address, base, unit, everyMs }: ProfileTime): string {
  const parts = [
    ...(base === undefined ? [] : [`${addressText(base.address)} (${base.unit})`]),
    ...(address === undefined ? [] : [`${addressText(address)} (${unit})`]),
    ...(everyMs === 0 ? [] : [`${everyMs} ms a record`]),
  ];
  const isReceived = address === undefined && base === undefined;
  return (isReceived ? ["receive time", ...parts] : parts).join(" + ");
}

/** What a clock that is wrong means; empty for a device that tells no time. */
function clockText({
  address,
  base,
  missing,
  whenUnsynced,
  whenAhead,
  maxFutureMs,
}: ProfileTime): string {
  if (address === undefined && base === undefined) return "";
  const means = {
    accept: "taken, uncertain",
    receive: "receive time",
    "use-receive-time": "receive time, uncertain",
    clamp: "receive time, uncertain",
    "dead-letter": "dead letter",
  } as const;
  return [
    `without a time: ${means[missing]}`,
    `before 2020: ${means[whenUnsynced]}`,
    `more than ${maxFutureMs / 1000} s ahead: ${means[whenAhead]}`,
  ].join("; ");
}

/** What makes a row uncertain or bad, a sentence each. */
function qualityTexts({
  range,
  stuckForMs,
  silentForMs,
  deviceSilentForMs,
  flags,
}: ProfileQuality): string[] {
  const spans = (of: Readonly<Record<string, number>>): string =>
    Object.entries(of)
      .map(([name, ms]) => `${name} ${ms / 1000} s`)
      .join(", ");
  const [stuck, silent] = [spans(stuckForMs), spans(silentForMs)];
  return [
    `out of range: ${range}`,
    ...(stuck === "" ? [] : [`uncertain when unchanged for: ${stuck}`]),
    ...(silent === "" ? [] : [`uncertain when missing for: ${silent}`]),
    ...(deviceSilentForMs === undefined
      ? []
      : [`a device is silent without a message for ${deviceSilentForMs / 1000} s`]),
    ...flags.map(
      ({ resource, on = "all", quality }) => `${on}: ${quality} when ${resource} is set`,
    ),
  ];
}

/** Where it is said that a device is there. */
function availabilityText({ topic, address, words }: ProfileAvailability): string {
  const [on, off] = [words.on.join(", "), words.off.join(", ")];
  return `${topic}, ${addressText(address)}: there ${on}; gone ${off}`;
}

/** What becomes of fields before the message is journaled. */
function privacyTexts(privacy: ProfilePrivacy | undefined): string[] {
  return Object.entries(privacy?.fields ?? {}).map(([name, action]) =>
    action.kind === "truncate"
      ? `${name}: the first ${action.characters} characters`
      : `${name}: ${action.kind === "drop" ? "dropped" : "hashed"}`,
  );
}

/** How the table's watermark is made. */
function watermarkText({ outOfOrderMs }: ProfileTime): string {
  return `event_time - ${outOfOrderMs / 1000} s, per device`;
}

/** How re-sends are known. */
function identityText({ key, sequence, epoch, wraps, window }: ProfileIdentity): string {
  return [
    `${key} + ${addressText(sequence)}`,
    ...(epoch === undefined ? [] : [`anew with each ${epoch}`]),
    ...(wraps === undefined ? [] : [`wraps at ${wraps}`]),
    ...(window === undefined ? [] : [`window ${window}`]),
  ].join(", ");
}
