// Whether the rows that profiles show in Home Assistant (results.ts) are there, once rules have been planned.

import { readFileSync } from "node:fs";

import { didYouMean } from "../../core/suggest.ts";
import { Problems } from "../problems.ts";
import type { PublishedResult } from "../profile-outlets.ts";
import type { Profile } from "../profile.ts";
import { YamlFile } from "../yaml.ts";
import { DEVICE, isShown, isText, resultsOf } from "./results.ts";
import type { PublishableRule } from "./results.ts";

/** Throws a GatewayError of blame config that names every result which is not there, with its place. */
export function checkPublished(
  profiles: readonly Profile[],
  rules: readonly PublishableRule[],
): void {
  const problems = new Problems("CONFIG_INVALID");
  for (const { file, ...profile } of profiles) {
    for (const [i, result] of resultsOf(profile).entries()) {
      const problem = problemOf(result, rules);
      if (problem === undefined) continue;
      const yaml = new YamlFile(readFileSync(file, "utf8"), file, problems);
      const position = yaml.valueAt(["x-gateway", "publish", "homeAssistant", "results", i]);
      problems.add({ ...problem, position });
    }
  }
  problems.throwIfAny();
}

function problemOf(
  { rule, columns }: PublishedResult,
  rules: readonly PublishableRule[],
): { readonly message: string; readonly hint: string | undefined } | undefined {
  const names = rules.map(({ name }) => name);
  const found = rules.find(({ name }) => name === rule);
  if (found === undefined) {
    const hint = didYouMean(rule, names) ?? "A rule is named after its file.";
    return { message: `there is no rule ${rule}`, hint };
  }
  const { sink } = found;
  if (sink.options["connector"] === "alarm") {
    const hint = "Alarms of a profile are shown by themselves.";
    return { message: `${rule} is an alarm: it has no rows to show`, hint };
  }
  const device = sink.columns.find(({ name }) => name === DEVICE);
  if (device === undefined || !isText(device.type)) {
    const hint = "Give its rows the device's name in a column `device STRING`.";
    return { message: `rows of ${rule} do not say of which device they are`, hint };
  }
  for (const name of Object.keys(columns ?? {})) {
    const column = sink.columns.find((each) => each.name === name);
    if (column === undefined || column === device) {
      const others = sink.columns.filter((each) => each !== device).map((each) => each.name);
      const hint = didYouMean(name, others) ?? `It has ${others.join(", ")}.`;
      return { message: `${rule} has no column ${name} to show`, hint };
    }
    if (isShown(column.type)) continue;
    const hint = "Numbers, texts and BOOLEAN are.";
    return { message: `column ${name} of ${rule}: ${column.type.kind} is not shown`, hint };
  }
  return undefined;
}
