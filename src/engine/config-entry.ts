// What a `config` entry of the journal and a checkpoint say of the configuration in force: enough to run the entries
// after it without the files it came from.

import { deserialize, serialize } from "node:v8";
import { isDeepStrictEqual } from "node:util";

import type { Profile } from "../config/profile.ts";
import type { EngineConfig } from "./config.ts";
import type { RuleSet } from "./rule-set.ts";

/** Two engines of one version give the same rows for the same journal. Raised with every change of that. */
export const ENGINE_VERSION = "1";

export interface InForce {
  readonly ruleSet: RuleSet;
  readonly profiles: readonly Profile[];
  readonly settings: Settings;
  /** By rule name: the version that failed, and how. It stays suspended until its text changes. */
  readonly suspended: ReadonlyMap<string, Suspension>;
}

/** What else the rows depend on. */
export type Settings = Pick<
  EngineConfig,
  "gatewayId" | "receiveMaximum" | "directSources" | "topics"
>;

export interface Suspension {
  readonly version: string;
  readonly error: string;
}

/** `config` as it comes into force; a rule stays suspended while its text does. */
export function inForceFrom(config: EngineConfig, before: InForce["suspended"]): InForce {
  const { ruleSet, profiles, gatewayId, receiveMaximum, directSources, topics } = config;
  const kept = [...before].filter(([name, { version }]) =>
    ruleSet.rules.some((rule) => rule.name === name && rule.version === version),
  );
  const settings = { gatewayId, receiveMaximum, directSources, topics };
  return { ruleSet, profiles, settings, suspended: new Map(kept) };
}

/** The same with one more rule suspended. */
export function suspend(inForce: InForce, rule: string, error: string): InForce {
  const version = inForce.ruleSet.rules.find(({ name }) => name === rule)?.version ?? "";
  return { ...inForce, suspended: new Map(inForce.suspended).set(rule, { version, error }) };
}

/** Every suspended rule with its reason, for a person. */
export function suspensionsText({ suspended }: InForce): string {
  return Array.from(suspended, ([rule, { error }]) => `${rule}: ${error}`).join("; ");
}

/** In force before the first configuration: no rule, no table. */
export function nothingInForce(config: EngineConfig): InForce {
  return inForceFrom({ ...config, ruleSet: { tables: [], rules: [] }, profiles: [] }, new Map());
}

export function isSameConfig(a: InForce, b: InForce): boolean {
  return isDeepStrictEqual(a, b);
}

export function encodeConfigEntry(inForce: InForce): Uint8Array {
  return serialize(inForce);
}

export function decodeConfigEntry(data: Uint8Array): InForce {
  return deserialize(data) as InForce;
}
