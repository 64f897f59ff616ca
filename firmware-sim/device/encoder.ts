// Payloads and topics of a profile's devices: the encoder, written apart from the gateway's decoder so that a shared
// bug cannot cancel out. JSON only. The text is laid out once per device; a message is parts and numbers joined.

import type { Profile, TimeUnit } from "../../src/config/profile.ts";
import type { Fact } from "./device.ts";
import { isFixed, powerOfTen, simulatedResources } from "./compile.ts";
import type { DevicePlan } from "./plan.ts";

export interface DeviceEncoder {
  readonly topic: string;
  /** The JSON text of a fact. */
  payload(fact: Fact): string;
}

/** Fills a slot of the payload's layout from a fact; undefined leaves the field out. */
type Slot = (fact: Fact) => string | undefined;

/** A payload as a tree: pointers with common parents become one object. */
interface Branch {
  readonly fields: Map<string, Branch | Slot>;
}

/**
 * The encoder of one device. `captures` fills the topic (`device` required); constant texts of the profile may
 * name captures in braces as the topic does.
 */
export function deviceEncoder(
  profile: Profile,
  plan: DevicePlan,
  captures: Readonly<Record<string, string>>,
): DeviceEncoder {
  const fill = (text: string): string =>
    text.replace(/\{(\w+)(?:\.\.\.)?\}/g, (whole, name: string) => captures[name] ?? whole);
  const root: Branch = { fields: new Map() };
  for (const [pointer, slot] of layout(profile, plan, fill)) plant(root, pointer, slot);
  const write = writer(root);
  return { topic: fill(profile.topic), payload: (fact) => write(fact) ?? "{}" };
}

/** Exact decimal text of `units` × 10^-decimals, without trailing zeros. */
function decimalText(units: number, decimals: number): string {
  // The shortest text of the nearest double is that decimal as long as it has at most 15 digits.
  return String(units / powerOfTen(decimals));
}

function* layout(
  profile: Profile,
  plan: DevicePlan,
  fill: (text: string) => string,
): Generator<[string, Slot]> {
  const simulation = profile.simulate;
  if (simulation === undefined) return;
  for (const [pointer, value] of Object.entries(simulation.constants))
    yield [pointer, fixed(typeof value === "string" ? fill(value) : value)];
  if (profile.identity !== undefined)
    yield [profile.identity.sequencePointer, sequence(profile.identity.wraps)];
  if (profile.time.pointer !== undefined) yield [profile.time.pointer, time(profile.time.unit)];
  const varying = simulatedResources(profile, simulation);
  for (const resource of profile.resources) {
    const signal = simulation.signals[resource.name];
    if (signal === undefined) continue;
    if (isFixed(signal)) {
      yield [resource.pointer, fixed(signal.value)];
      continue;
    }
    const index = varying.indexOf(resource);
    const decimals = plan.signals[index]?.decimals ?? 0;
    yield [
      resource.pointer,
      ({ values }) => {
        const units = values[index] ?? null;
        return units === null ? undefined : decimalText(units, decimals);
      },
    ];
  }
}

function fixed(value: string | number | boolean): Slot {
  const text = JSON.stringify(value);
  return () => text;
}

function sequence(wraps: number | undefined): Slot {
  return wraps === undefined
    ? (fact) => String(fact.sequence)
    : (fact) => String(fact.sequence % wraps);
}

function time(unit: TimeUnit): Slot {
  switch (unit) {
    case "ms":
      return (fact) => String(fact.eventTimeMs);
    case "s":
      return (fact) => decimalText(fact.eventTimeMs, 3);
    case "us":
      return (fact) => `${fact.eventTimeMs}000`;
    case "iso8601":
      return (fact) => JSON.stringify(new Date(fact.eventTimeMs).toISOString());
  }
}

/** @see RFC 6901: ~1 is a slash, ~0 a tilde; a numeric step is taken as an array's index by `writer`. */
function plant(root: Branch, pointer: string, slot: Slot): void {
  const steps = pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  const last = steps.pop();
  if (last === undefined) throw new Error(`pointer "${pointer}" names the whole payload`);
  let branch = root;
  for (const step of steps) {
    const next = branch.fields.get(step) ?? { fields: new Map() };
    if (typeof next === "function") throw new Error(`pointer "${pointer}" crosses a value`);
    branch.fields.set(step, next);
    branch = next;
  }
  branch.fields.set(last, slot);
}

function writer(branch: Branch): Slot {
  const entries = Array.from(branch.fields, ([name, child]) => ({
    name,
    write: typeof child === "function" ? child : writer(child),
  }));
  const indexes = entries.map(({ name }) => Number(name));
  if (indexes.length > 0 && indexes.every((index) => Number.isInteger(index)))
    return arrayWriter(new Map(indexes.map((index, i) => [index, entries[i]?.write])));
  const keyed = entries.map(({ name, write }) => ({ key: `${JSON.stringify(name)}:`, write }));
  return (fact) => {
    let text = "";
    for (const { key, write } of keyed) {
      const value = write(fact);
      if (value !== undefined) text += (text === "" ? "{" : ",") + key + value;
    }
    return text === "" ? "{}" : `${text}}`;
  };
}

function arrayWriter(items: ReadonlyMap<number, Slot | undefined>): Slot {
  const length = Math.max(...items.keys()) + 1;
  return (fact) =>
    `[${Array.from({ length }, (_, i) => items.get(i)?.(fact) ?? "null").join(",")}]`;
}
