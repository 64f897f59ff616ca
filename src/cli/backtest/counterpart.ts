// Which rules in force a candidate is compared with.

import { GatewayError } from "../../core/errors.ts";
import type { RulePlan, RuleSet } from "../../engine/rule-set.ts";

/**
 * For each rule of the candidate the one in force of the same name, or else of the same sink. Throws USAGE for a rule
 * that has none.
 */
export function counterpart(candidate: RuleSet, inForce: RuleSet | undefined): RuleSet {
  const known = inForce?.rules ?? [];
  const rules = new Set(candidate.rules.map((rule) => counterpartOf(rule, known)));
  const read = new Set([...rules].flatMap(({ tables }) => tables));
  const tables = (inForce?.tables ?? []).filter(({ signature }) => read.has(signature));
  return { tables, rules: [...rules] };
}

function counterpartOf({ name, sink }: RulePlan, known: readonly RulePlan[]): RulePlan {
  const found =
    known.find((rule) => rule.name === name) ?? known.find((rule) => rule.sink.name === sink.name);
  if (found !== undefined) return found;
  const names = known.map((rule) => `${rule.name} (into ${rule.sink.name})`);
  throw new GatewayError(`no rule in force is named ${name} or writes to ${sink.name}`, {
    code: "USAGE",
    blame: "config",
    hint: names.length === 0 ? "No rule is in force." : `In force are ${names.join(", ")}.`,
  });
}
