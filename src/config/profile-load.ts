// A device profile from its file: its form, then what a schema cannot say (names that must exist, topics, bounds).

import { readFileSync } from "node:fs";

import { GatewayError } from "../core/errors.ts";
import { PROFILE_SCHEMA } from "./profile-schema.ts";
import { RESERVED_COLUMNS, topicFilter } from "./profile-table.ts";
import type { DeviceResource, Profile } from "./profile.ts";
import { Problems } from "./problems.ts";
import { checkFile } from "./schema.ts";
import { YamlFile } from "./yaml.ts";
import type { Path } from "./yaml.ts";

/** Reads and checks a profile. Throws GatewayError PROFILE_INVALID that names every problem with its place. */
export function loadProfile(file: string): Profile {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new GatewayError(`cannot read the profile ${file}`, {
      code: "PROFILE_INVALID",
      blame: "config",
      cause,
    });
  }
  return parseProfile(text, file);
}

/** As loadProfile, from text; `file` is what errors name. */
export function parseProfile(text: string, file: string): Profile {
  const problems = new Problems("PROFILE_INVALID");
  const profile = checkProfile(text, file, problems);
  problems.throwIfAny();
  return profile as Profile;
}

/** As parseProfile, gathering into `problems`; undefined when the file's form is wrong. */
export function checkProfile(text: string, file: string, problems: Problems): Profile | undefined {
  const yaml = new YamlFile(text, file, problems);
  if (yaml.value === undefined) return undefined;
  const profile = checkFile(PROFILE_SCHEMA, yaml, problems);
  if (profile === undefined) return undefined;
  new Checks(profile, yaml, problems).run();
  return { ...profile, file };
}

const INTEGER_TYPES = /^(?:Int(?:8|16|32|64)|Uint(?:8|16|32))$/;
/** Value types whose column cannot be scaled or bounded. */
const UNSCALED = new Set(["Bool", "String", "Uint64"]);

/** What concerns more than one key. */
class Checks {
  readonly #profile: Profile;
  readonly #yaml: YamlFile;
  readonly #problems: Problems;
  readonly #resources: ReadonlyMap<string, DeviceResource>;

  constructor(profile: Profile, yaml: YamlFile, problems: Problems) {
    this.#profile = profile;
    this.#yaml = yaml;
    this.#problems = problems;
    this.#resources = new Map(profile.resources.map((resource) => [resource.name, resource]));
  }

  run(): void {
    this.#topic();
    this.#resourceList();
    this.#identity();
    this.#simulation();
    for (const [i, filter] of this.#profile.except.entries()) {
      if (isFilter(filter)) continue;
      this.#refuse(["x-gateway", "match", "except", i], `"${filter}" is not an MQTT topic filter`);
    }
  }

  #topic(): void {
    const path = ["x-gateway", "match", "topic"];
    const { topic, captures } = this.#profile;
    const filter = topicFilter(topic);
    if (!isFilter(filter) || /[{}]/.test(filter)) {
      this.#refuse(path, "topic is not a topic with captures, such as plant/{line}/{device}/up");
    } else if (!captures.includes("device")) {
      this.#refuse(path, "topic has no {device}", "Name the level that holds the device {device}.");
    }
    for (const [i, capture] of captures.entries()) {
      if (captures.indexOf(capture) < i) this.#refuse(path, `topic has {${capture}} twice`);
      if (RESERVED_COLUMNS.includes(capture)) {
        this.#refuse(path, `topic has {${capture}}, which is a column of every profile`);
      }
    }
  }

  #resourceList(): void {
    const { resources, captures } = this.#profile;
    if (resources.length === 0) {
      this.#refuse(["deviceResources"], "deviceResources must have at least one entry");
    }
    for (const [i, resource] of resources.entries()) {
      const { name } = resource;
      const path = ["deviceResources", i, "name"];
      if (this.#resources.get(name) !== resource) this.#refuse(path, `"${name}" is there twice`);
      if (RESERVED_COLUMNS.includes(name) || captures.includes(name)) {
        this.#refuse(path, `"${name}" is a column already`, "Choose another name.");
      }
      this.#bounds(["deviceResources", i, "properties"], resource);
    }
  }

  #bounds(path: Path, resource: DeviceResource): void {
    const { valueType, minimum, maximum, scale, offset } = resource;
    if (minimum !== undefined && maximum !== undefined && minimum > maximum) {
      this.#refuse([...path, "minimum"], `minimum is above maximum (${maximum})`);
    }
    if (scale === 0) this.#refuse([...path, "scale"], "scale must not be 0");
    if (!UNSCALED.has(valueType)) return;
    const given = {
      scale: scale !== 1,
      offset: offset !== 0,
      minimum: minimum !== undefined,
      maximum: maximum !== undefined,
    };
    for (const [key, set] of Object.entries(given)) {
      if (set) this.#refuse([...path, key], `${key} does not go with valueType ${valueType}`);
    }
  }

  #identity(): void {
    const { identity, captures } = this.#profile;
    if (identity === undefined) return;
    const path = ["x-gateway", "identity"];
    const { key, epoch, window = 1, wraps } = identity;
    if (!captures.includes(key) && !this.#resources.has(key)) {
      this.#refuse([...path, "key"], `"${key}" is neither a capture nor a resource`);
    }
    if (epoch !== undefined && !INTEGER_TYPES.test(this.#resources.get(epoch)?.valueType ?? "")) {
      this.#refuse([...path, "epoch"], `"${epoch}" is not a resource of an integer type`);
    }
    if (wraps !== undefined && wraps < window * 2) {
      this.#refuse([...path, "wraps"], `wraps must be at least twice the window (${window})`);
    }
  }

  #simulation(): void {
    const { simulate } = this.#profile;
    if (simulate === undefined) return;
    const path = ["x-gateway", "simulate"];
    for (const name of Object.keys(simulate.signals)) {
      if (this.#resources.has(name)) continue;
      this.#refuse([...path, "signals", name], `"${name}" is not a resource`);
    }
    for (const [i, { on }] of simulate.faults.entries()) {
      if (Object.hasOwn(simulate.signals, on)) continue;
      this.#refuse([...path, "faults", i, "on"], `"${on}" has no signal`);
    }
  }

  #refuse(path: Path, message: string, hint?: string): void {
    this.#problems.add({ message, position: this.#yaml.valueAt(path), hint });
  }
}

/** @see MQTT 5.0 §4.7.1 */
function isFilter(filter: string): boolean {
  if (filter === "" || filter.includes("\u0000")) return false;
  return filter
    .split("/")
    .every(
      (level, i, levels) =>
        level === "+" || (level === "#" && i === levels.length - 1) || !/[+#]/.test(level),
    );
}
