// Loads gateway.yaml and every rule and profile it names. All problems of all files are reported at once; nothing is
// started, planned or written here.

import { globSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import { GatewayError } from "../core/errors.ts";
import { LANES } from "../core/protocol.ts";
import type { Lane } from "../core/protocol.ts";
import { checkGateway } from "./gateway-checks.ts";
import { gatewaySchema } from "./gateway-schema.ts";
import type { GatewayFile, MqttFile } from "./gateway-schema.ts";
import type { GatewayConfig, LoadedConfig, MqttEntry, RuleText } from "./gateway.ts";
import { checkProfile } from "./profile-load.ts";
import type { Profile } from "./profile.ts";
import { Problems } from "./problems.ts";
import { checkFile } from "./schema.ts";
import { YamlFile } from "./yaml.ts";

/**
 * Reads and checks the configuration. Throws one GatewayError of blame config: with several problems its message is
 * all of them, each with `file:line:column` and a caret.
 */
export function loadGatewayConfig(path: string): LoadedConfig {
  const problems = new Problems("CONFIG_INVALID");
  const yaml = new YamlFile(readConfig(path), path, problems);
  const sources = { directory: resolve(dirname(path)), environment: process.env };
  const file =
    yaml.value === undefined ? undefined : checkFile(gatewaySchema(sources), yaml, problems);
  problems.throwIfAny();
  const checked = file as GatewayFile;
  const rules = readRules(checked, yaml, problems);
  const profiles = readProfiles(checked, yaml, problems);
  checkGateway(checked, { yaml, problems, profiles });
  problems.throwIfAny();
  return { config: toConfig(checked, path), rules, profiles };
}

function readConfig(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new GatewayError(`cannot read the configuration ${path}`, {
      code: "CONFIG_INVALID",
      blame: "config",
      cause,
    });
  }
}

function readRules(file: GatewayFile, yaml: YamlFile, problems: Problems): RuleText[] {
  return filesOf("rules", file.rules, yaml, problems).flatMap((path) => {
    const text = readText(path, problems);
    return text === undefined ? [] : [{ file: path, text }];
  });
}

function readProfiles(file: GatewayFile, yaml: YamlFile, problems: Problems): Profile[] {
  const profiles: Profile[] = [];
  for (const path of filesOf("profiles", file.profiles, yaml, problems)) {
    const text = readText(path, problems);
    const profile = text === undefined ? undefined : checkProfile(text, path, problems);
    if (profile === undefined) continue;
    const twin = profiles.find(({ name }) => name === profile.name);
    if (twin === undefined) profiles.push(profile);
    else {
      problems.add({
        message: `the profile ${profile.name} stands in ${twin.file} already`,
        position: new YamlFile(text ?? "", path, problems).valueAt(["name"]),
      });
    }
  }
  return profiles;
}

function readText(path: string, problems: Problems): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    problems.add({ message: `cannot read ${path}` });
    return undefined;
  }
}

/** The files of a list of globs, each once, in the order of the globs and sorted within one. */
function filesOf(
  key: "rules" | "profiles",
  globs: readonly string[],
  yaml: YamlFile,
  problems: Problems,
): string[] {
  const directory = dirname(yaml.file);
  const files = new Set<string>();
  for (const [i, glob] of globs.entries()) {
    const found = globSync(glob, { cwd: resolve(directory) }).sort();
    if (found.length === 0) {
      problems.add({
        message: `${key}[${i}] matches no file`,
        position: yaml.valueAt([key, i]),
        hint: `Globs are relative to ${resolve(directory)}.`,
      });
    }
    // As the user would write it from here: relative to where gateway.yaml was named from.
    for (const name of found) files.add(glob.startsWith("/") ? name : join(directory, name));
  }
  return [...files];
}

function toConfig(file: GatewayFile, path: string): GatewayConfig {
  const { id, store, kafka } = file;
  const whenFull = kafka === undefined ? "drop-oldest" : "block";
  const lanes = LANES.map((lane): [Lane, GatewayConfig["store"]["lanes"][Lane]] => {
    return [lane, { ...store.lanes[lane], whenFull: store.lanes[lane].whenFull ?? whenFull }];
  });
  return {
    file: resolve(path),
    gateway: { id },
    data: file.data,
    mqtt: file.mqtt.map((entry) => toEntry(entry, id)),
    kafka:
      kafka === undefined ? undefined : { ...kafka, clientId: kafka.clientId ?? `headrace-${id}` },
    store: { ...store, lanes: Object.fromEntries(lanes) as GatewayConfig["store"]["lanes"] },
    batch: file.batch,
    http: file.http,
    log: file.log,
  };
}

function toEntry(entry: MqttFile, gatewayId: string): MqttEntry {
  const { name, username, password, tls, receiveMaximum, limits, listen, url, clientId } = entry;
  const { sessionExpiry: sessionExpirySeconds } = entry;
  const credentials = { username, password, tls };
  const common = { name, ...credentials, sessionExpirySeconds, receiveMaximum, limits };
  if (listen !== undefined) return { kind: "listen", listen, ...common };
  // Stable, so that the broker finds the session again after a restart.
  return {
    kind: "client",
    url: url ?? "",
    clientId: clientId ?? `headrace-${gatewayId}-${name}`,
    ...common,
  };
}
