// What a `config` entry of the journal and a checkpoint say of the configuration in force: enough to run the entries
// after it without the files it came from.

import { deserialize, serialize } from "node:v8";
import { isDeepStrictEqual } from "node:util";

import type { Profile } from "../config/profile.ts";
import { assert, GatewayError } from "../core/errors.ts";
import type { EngineConfig } from "./config.ts";
import type { PipelineState } from "./pipeline.ts";
import type { RuleFailure } from "./rule-failure.ts";
import { resumePoint } from "./resume-point.ts";
import type { ResumePoint } from "./resume-point.ts";
import type { RulePlan, RuleSet } from "./rule-set.ts";

/** Two engines of one version give the same rows for the same journal. Raised with every change of that. */
export const ENGINE_VERSION = "3";

/** Raised when what an earlier version journaled of plans, profiles or settings can be run no more. */
const FORM = 2;

/** A saved one is taken up by `savedInForce`. */
export interface InForce {
  readonly form: typeof FORM;
  readonly ruleSet: RuleSet;
  readonly profiles: readonly Profile[];
  readonly settings: Settings;
  /** By rule name. A rule stays suspended until its text changes, and then until it has caught up (catch-up.ts). */
  readonly suspended: ReadonlyMap<string, Suspension>;
}

/** What else the rows depend on. */
export type Settings = Pick<
  EngineConfig,
  "gatewayId" | "receiveMaximum" | "directSources" | "brokerSources" | "topics"
>;

export interface Suspension {
  /** That failed, of the rule's text and of the engine. */
  readonly version: string;
  readonly engineVersion: string;
  readonly error: string;
  /** Wall clock. */
  readonly sinceMs: number;
  /** Undefined: repaired, it begins anew. */
  readonly at: ResumePoint | undefined;
}

/** What a rule that has caught up joins the others with. */
export interface Joining {
  readonly rules: PipelineState["rules"];
  /** Those that no other rule reads. */
  readonly tables: PipelineState["tables"];
}

/** Whether a rule is another than the one that failed. */
export function isRepaired(plan: RulePlan, { version, engineVersion }: Suspension): boolean {
  return plan.version !== version || engineVersion !== ENGINE_VERSION;
}

/** `config` as it comes into force; a rule stays suspended while it can fail again, or has to catch up. */
export function inForceFrom(config: EngineConfig, before: InForce["suspended"]): InForce {
  const { ruleSet, profiles, gatewayId, receiveMaximum, topics } = config;
  const { directSources, brokerSources } = config;
  const kept = [...before].filter(([name, suspension]) => {
    const plan = ruleSet.rules.find((rule) => rule.name === name);
    return plan !== undefined && (suspension.at !== undefined || !isRepaired(plan, suspension));
  });
  const settings = { gatewayId, receiveMaximum, directSources, brokerSources, topics };
  return { form: FORM, ruleSet, profiles, settings, suspended: new Map(kept) };
}

/** The same with one more rule suspended, whose pipeline had come to `from`. */
export function suspend(
  inForce: InForce,
  { rule, reason: error }: RuleFailure,
  from: Parameters<typeof resumePoint>[2],
): InForce {
  const plan = inForce.ruleSet.rules.find(({ name }) => name === rule);
  assert(plan !== undefined, `no rule ${rule} in force`);
  const at = resumePoint(inForce.ruleSet, plan, from);
  const { version } = plan;
  const sinceMs = from.where.timeMs;
  const suspension = { version, engineVersion: ENGINE_VERSION, error, sinceMs, at };
  return { ...inForce, suspended: new Map(inForce.suspended).set(rule, suspension) };
}

/** Rules that begin anew, suspended before and repaired now: what they have missed. */
export function untoldGaps(before: InForce, now: InForce): string[] {
  return now.ruleSet.rules.flatMap(({ name }) => {
    const suspension = before.suspended.get(name);
    if (suspension === undefined || now.suspended.has(name)) return [];
    const since = new Date(suspension.sinceMs).toISOString();
    return [
      `${name} has missed what came since ${since}: no journal keeps the system tables it reads`,
    ];
  });
}

/** The same without the suspension of a rule. */
export function withoutSuspension(inForce: InForce, rule: string): InForce {
  const suspended = new Map([...inForce.suspended].filter(([name]) => name !== rule));
  return { ...inForce, suspended };
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

/** `joining`: a rule that has caught up and joins the others with this entry. */
export function encodeConfigEntry(inForce: InForce, joining?: Joining): Uint8Array {
  return serialize({ ...inForce, joining });
}

export function decodeConfigEntry(data: Uint8Array): {
  readonly inForce: InForce;
  readonly joining: Joining | undefined;
} {
  const { joining, ...inForce } = deserialize(data) as InForce & { readonly joining?: Joining };
  return { inForce: savedInForce(inForce), joining };
}

/** Throws STORE_VERSION for the configuration of a version that this one cannot run. */
export function savedInForce(saved: unknown): InForce {
  const { form } = saved as Partial<InForce>;
  if (form === FORM) return saved as InForce;
  throw new GatewayError(
    `the data folder's configuration is of form ${form ?? "0"}, that of this version is ${FORM}`,
    {
      code: "STORE_VERSION",
      blame: "config",
      hint: "Let the version that wrote it deliver its rows, then start this one with a new data folder.",
    },
  );
}

/** A pipeline's state with that of a rule that joins it. */
export function joined(state: PipelineState, joining: Joining | undefined): PipelineState {
  if (joining === undefined) return state;
  const rules = new Map([...state.rules, ...joining.rules]);
  return { ...state, rules, tables: new Map([...state.tables, ...joining.tables]) };
}
