// Loads gateway.yaml and every rule and profile it names. All problems of all files are reported at once; nothing is
// started, planned or written here.

import { globSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import { assert, GatewayError } from "../core/errors.ts";
import { LANES } from "../core/protocol.ts";
import type { Lane } from "../core/protocol.ts";
import { DEFAULT_ZONE } from "../core/value/zone-name.ts";
import { checkGateway } from "./gateway-checks.ts";
import { gatewaySchema, sql } from "./gateway-schema.ts";
import type { GatewayFile, MqttFile } from "./gateway-schema.ts";
import type {
  GatewayConfig,
  KafkaSaslConfig,
  LoadedConfig,
  MqttEntry,
  RuleText,
  SqlConfig,
} from "./gateway.ts";
import type { SaslFile } from "./kafka-schema.ts";
import { checkProfile } from "./profile-load.ts";
import { keyOf } from "./profile-privacy.ts";
import { profileTables } from "./profile-tables.ts";
import { profileRules } from "./profile-rules.ts";
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
  for (const profile of profiles) checkKey(profile, problems);
  checkGateway(checked, { yaml, problems, profiles });
  problems.throwIfAny();
  const all = [...rules, ...profiles.flatMap(profileRules)];
  return { config: toConfig(checked, path), rules: all, profiles };
}

/**
 * What a gateway.yaml says that rules are planned with, and nothing else of it: see data-folder.ts. Throws as
 * `loadGatewayConfig` does.
 */
export function loadPlanning(path: string): Pick<LoadedConfig, "profiles"> & SqlConfig {
  const problems = new Problems("CONFIG_INVALID");
  const yaml = new YamlFile(readConfig(path), path, problems);
  problems.throwIfAny();
  const value = (yaml.value ?? {}) as { readonly profiles?: unknown; readonly sql?: unknown };
  const { profiles: globs = [] } = value;
  const own = sql().safeParse(value.sql);
  if (!own.success) {
    const message = own.error.issues.map((issue) => issue.message).join(", ");
    problems.add({ message: `sql: ${message}`, position: yaml.valueAt(["sql"]) });
  }
  if (!Array.isArray(globs) || !globs.every((glob) => typeof glob === "string")) {
    problems.add({
      message: "profiles must be a list of text",
      position: yaml.valueAt(["profiles"]),
    });
  }
  problems.throwIfAny();
  const profiles = readProfiles({ profiles: globs as string[] }, yaml, problems);
  problems.throwIfAny();
  return { profiles, localTimeZone: own.data?.localTimeZone ?? DEFAULT_ZONE };
}

/** The text of a configuration file; a GatewayError of blame config when it cannot be read. */
export function readConfig(path: string): string {
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

function readProfiles(
  file: Pick<GatewayFile, "profiles">,
  yaml: YamlFile,
  problems: Problems,
): Profile[] {
  const profiles: Profile[] = [];
  for (const path of filesOf("profiles", file.profiles, yaml, problems)) {
    const text = readText(path, problems);
    const profile = text === undefined ? undefined : checkProfile(text, path, problems);
    if (profile === undefined) continue;
    const tables = profileTables(profile).map(({ name }) => name);
    const twin = profiles.flatMap(profileTables).find(({ name }) => tables.includes(name));
    if (twin === undefined) profiles.push(profile);
    else {
      problems.add({
        message: `the profile ${twin.name} stands in ${twin.position.file} already`,
        position: new YamlFile(text ?? "", path, problems).valueAt(["name"]),
      });
    }
  }
  return profiles;
}

/** Only what runs the gateway needs the key of a profile. */
function checkKey(profile: Profile, problems: Problems): void {
  try {
    void keyOf(profile);
  } catch (error) {
    const yaml = new YamlFile(readConfig(profile.file), profile.file, problems);
    const position = yaml.valueAt(["x-gateway", "privacy", "key"]);
    problems.add({ message: (error as Error).message, position });
  }
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
    kafka: kafka && {
      ...kafka,
      clientId: kafka.clientId ?? `headrace-${id}`,
      sasl: kafka.sasl && toSasl(kafka.sasl),
    },
    schemaRegistry: file.schemaRegistry,
    sql: file.sql,
    store: { ...store, lanes: Object.fromEntries(lanes) as GatewayConfig["store"]["lanes"] },
    batch: file.batch,
    http: file.http,
    log: file.log,
  };
}

/** Checked: what its mechanism needs is there. */
function toSasl({ mechanism, username, password, ...rest }: SaslFile): KafkaSaslConfig {
  if (mechanism !== "oauthbearer") {
    assert(username !== undefined && password !== undefined, "sasl without its password");
    return { mechanism, username, password };
  }
  const token = rest.token ?? rest.tokenEndpoint;
  assert(token !== undefined, "sasl without its token");
  return { mechanism, token, extensions: rest.extensions };
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
