// `x-gateway.publish`: what the gateway tells others of the devices of a profile.
//
//   publish: {homeAssistant: {prefix: homeassistant}}     discovery: Home Assistant shows each device by itself

import { valueTemplate } from "./home-assistant/template.ts";
import { pattern, section } from "./fields.ts";
import type { Field } from "./fields.ts";
import type { PlacedProblem } from "./problems.ts";
import type { Profile, ProfilePublish } from "./profile.ts";

/** Where Home Assistant looks unless told otherwise. */
export const DISCOVERY_PREFIX = "homeassistant";

/** The section. */
export const PUBLISH: Field<ProfilePublish> = section({
  homeAssistant: section({
    prefix: pattern(/^[^/+#\0]+(?:\/[^/+#\0]+)*$/, "a topic without wildcards").default(
      DISCOVERY_PREFIX,
    ),
  }).optional(),
}).transform(({ homeAssistant }): ProfilePublish => ({ homeAssistant }));

/** What cannot be published as it is written; each with its place in the file. */
export function publishProblems({ publish, resources, codec }: Profile): PlacedProblem[] {
  if (publish?.homeAssistant === undefined) return [];
  if (resources.some((resource) => valueTemplate(codec, resource) !== undefined)) return [];
  return [
    {
      path: ["x-gateway", "publish", "homeAssistant"],
      message: `Home Assistant reads nothing of codec ${codec.type}`,
      hint: "It reads JSON and text, and no arrays of rows.",
    },
  ];
}
