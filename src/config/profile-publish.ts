// `x-gateway.publish`: what the gateway tells others of the devices of a profile.
//
//   publish:
//     homeAssistant:                 discovery: Home Assistant shows each device by itself, with its alarms
//       prefix: homeassistant
//       results:                     rows of rules that have a column `device`, as sensors of it
//         - {rule: press_minute, columns: {avg_t: Cel, n: ""}, expireAfter: 3m}

import { valueTemplate } from "./home-assistant/template.ts";
import { alarmsOf } from "./profile-alarms.ts";
import { duration, list, mapping, pattern, section, text, units } from "./fields.ts";
import type { Field } from "./fields.ts";
import type { PlacedProblem } from "./problems.ts";
import type { ProfilePublish, PublishedResult } from "./profile-outlets.ts";
import type { Profile } from "./profile.ts";

/** Where Home Assistant looks unless told otherwise. */
export const DISCOVERY_PREFIX = "homeassistant";

const RESULT: Field<PublishedResult> = section({
  rule: text(),
  /** With their units; left out: every column that can be shown, without units. */
  columns: mapping(units()).optional(),
  expireAfter: duration({ min: 1000 }).optional(),
}).transform(({ rule, columns, expireAfter }): PublishedResult => {
  return { rule, columns, expireAfterMs: expireAfter };
});

/** The section. */
export const PUBLISH: Field<ProfilePublish> = section({
  homeAssistant: section({
    prefix: pattern(/^[^/+#\0]+(?:\/[^/+#\0]+)*$/, "a topic without wildcards").default(
      DISCOVERY_PREFIX,
    ),
    results: list(RESULT).default([]),
  }).optional(),
}).transform(({ homeAssistant }): ProfilePublish => ({ homeAssistant }));

/** What cannot be published as it is written; each with its place in the file. */
export function publishProblems(profile: Profile): PlacedProblem[] {
  const { publish, resources, codec } = profile;
  if (publish?.homeAssistant === undefined) return [];
  const { results } = publish.homeAssistant;
  const path = ["x-gateway", "publish", "homeAssistant"];
  const twice = results.findIndex(({ rule }, i) => results.findIndex((r) => r.rule === rule) < i);
  if (twice >= 0) {
    const message = `results has the rule ${results[twice]?.rule} twice`;
    return [{ path: [...path, "results", twice, "rule"], message }];
  }
  if (results.length > 0 || alarmsOf(profile).length > 0) return [];
  if (resources.some((resource) => valueTemplate(codec, resource) !== undefined)) return [];
  return [
    {
      path,
      message: `Home Assistant reads nothing of codec ${codec.type}`,
      hint: "It reads JSON and text, and no arrays of rows. Alarms and results of rules can be shown.",
    },
  ];
}
