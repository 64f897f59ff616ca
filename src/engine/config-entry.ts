// What a `config` entry of the journal and a checkpoint say of the rules in force: enough to run the entries after
// it without the files they came from.

import { deserialize, serialize } from "node:v8";

import type { Profile } from "../config/profile.ts";
import type { RuleSet } from "./rule-set.ts";

/** Two engines of one version give the same rows for the same journal. Raised with every change of that. */
export const ENGINE_VERSION = "1";

export interface InForce {
  readonly ruleSet: RuleSet;
  readonly profiles: readonly Profile[];
  /** By rule name: the version that failed, and how. It stays suspended until its text changes. */
  readonly suspended: ReadonlyMap<string, Suspension>;
}

export interface Suspension {
  readonly version: string;
  readonly error: string;
}

/** Nothing in force: before the first configuration. */
export const NOTHING_IN_FORCE: InForce = {
  ruleSet: { tables: [], rules: [] },
  profiles: [],
  suspended: new Map(),
};

export function encodeConfigEntry(inForce: InForce): Uint8Array {
  return serialize(inForce);
}

export function decodeConfigEntry(data: Uint8Array): InForce {
  return deserialize(data) as InForce;
}
