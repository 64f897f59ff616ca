// A device profile from its file: its form, then what a schema cannot say (names that must exist, topics, bounds).

import { readFileSync } from "node:fs";
import { dirname } from "node:path";

import { GatewayError } from "../core/errors.ts";
import type { ProfileCodec } from "../core/format/profile-codec.ts";
import { addressProblems } from "./profile-addresses.ts";
import { alarmProblems } from "./profile-alarms.ts";
import { availabilityProblems } from "./profile-availability-section.ts";
import { privacyProblems } from "./profile-privacy.ts";
import { publishProblems } from "./profile-publish.ts";
import { qualityProblems } from "./profile-quality.ts";
import { PROFILE_SCHEMA } from "./profile-schema.ts";
import { simulationProblems } from "./profile-simulation-checks.ts";
import { RESERVED_COLUMNS } from "./profile-table.ts";
import { uplinkProblems } from "./profile-uplink.ts";
import { isFilter, topicFilter, topicProblems } from "./profile-topic.ts";
import type { DeviceResource, Profile, ProfileTime } from "./profile.ts";
import { completeCodec } from "./schema-files.ts";
import { Problems } from "./problems.ts";
import type { PlacedProblem } from "./problems.ts";
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
  const form = checkFile(PROFILE_SCHEMA, yaml, problems);
  if (form === undefined) return undefined;
  const codec = completeCodec(form.codec, dirname(file), (message, key, hint) => {
    const position = yaml.valueAt(["x-gateway", "codec", key]);
    problems.add({ message, position, hint });
  });
  if (codec === undefined) return undefined;
  const profile: Profile = { ...form, codec, time: timeOf(codec, form.time), file };
  new Checks(profile, yaml, problems).run();
  return profile;
}

/** SenML records carry their time. */
function timeOf(codec: ProfileCodec, time: ProfileTime): ProfileTime {
  const isGiven = time.address !== undefined || time.base !== undefined;
  if (codec.type !== "senml" || isGiven) return time;
  return { ...time, address: { kind: "measurement", name: "" }, unit: "s" };
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
    const { topic, except, availability } = this.#profile;
    for (const { message, hint } of topicProblems(topic, RESERVED_COLUMNS)) {
      this.#refuse(["x-gateway", "match", "topic"], message, hint);
    }
    this.#resourceList();
    this.#exampleSchema();
    this.#identity();
    const parts = [
      addressProblems,
      qualityProblems,
      (profile: Profile) => availabilityProblems(profile, RESERVED_COLUMNS),
      alarmProblems,
      privacyProblems,
      publishProblems,
      uplinkProblems,
      simulationProblems,
    ];
    for (const problem of parts.flatMap((of): PlacedProblem[] => of(this.#profile))) {
      this.#refuse(problem.path, problem.message, problem.hint);
    }
    const besides = availability && topicFilter(availability.topic);
    for (const [i, filter] of except.entries()) {
      if (isFilter(filter) || filter === besides) continue;
      this.#refuse(["x-gateway", "match", "except", i], `"${filter}" is not an MQTT topic filter`);
    }
  }

  /** What a registry would tell is not asked for here. */
  #exampleSchema(): void {
    const { codec, examples } = this.#profile;
    if (codec.type !== "avro-confluent" || codec.schema !== undefined) return;
    if (examples.length === 0) return;
    const hint = "Name a file: codec: {type: avro-confluent, schema: vibration.avsc}.";
    this.#refuse(["x-gateway", "examples"], "examples of avro-confluent need a schema", hint);
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
    const { valueType, minimum, maximum } = resource;
    const { mask, shift, base, scale, offset, words } = resource.transform;
    if (words !== undefined && valueType !== "Bool") {
      this.#refuse([...path, "on"], `on and off do not go with valueType ${valueType}`);
    }
    if (minimum !== undefined && maximum !== undefined && minimum > maximum) {
      this.#refuse([...path, "minimum"], `minimum is above maximum (${maximum})`);
    }
    if (scale === 0) this.#refuse([...path, "scale"], "scale must not be 0");
    if (!UNSCALED.has(valueType)) return;
    const isText = valueType === "String";
    const given = {
      mask: isText && mask !== undefined,
      shift: isText && shift !== 0,
      base: base !== undefined,
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

  #refuse(path: Path, message: string, hint?: string): void {
    this.#problems.add({ message, position: this.#yaml.valueAt(path), hint });
  }
}
