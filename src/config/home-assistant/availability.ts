// Whether what Home Assistant shows is there: of a device by what `x-gateway.availability` says, of what the gateway tells
// by its last will. A list each: a component must not have both a list and an `availability_topic`, also not one that it
// takes over from its device.
// @see https://www.home-assistant.io/integrations/mqtt/#using-availability-topics

import { topicMatches } from "../../core/topic-filter.ts";
import type { Profile } from "../profile.ts";
import { availabilityTemplate } from "./template.ts";
import { gatewayTopic } from "./topics.ts";

export interface Availability {
  readonly topic: string;
  /** Gives `online` or `offline`; left out: the payload is one of them. */
  readonly value_template?: string;
}

/** `online`, or `offline` by the broker when the gateway is gone. */
export function availabilityTopic(gatewayId: string): string {
  return `${gatewayTopic(gatewayId)}/availability`;
}

/** Of what the gateway itself tells. */
export function gatewayAvailability(gatewayId: string): readonly Availability[] {
  return [{ topic: availabilityTopic(gatewayId) }];
}

/** Of a device; undefined where the profile does not say, or not by what the device's own topic tells of it. */
export function deviceAvailability(
  { availability, captures: names }: Profile,
  captures: readonly string[],
): readonly Availability[] | undefined {
  if (availability === undefined) return undefined;
  const { topic, except, address, words } = availability;
  let isKnown = true;
  const own = topic.replaceAll(/\{(\w+)(?:\.\.\.)?\}/g, (_, name: string) => {
    const capture = captures[names.indexOf(name)];
    isKnown &&= capture !== undefined;
    return capture ?? "";
  });
  // A wildcard would let in what is said of others.
  if (!isKnown || /[+#]/.test(own)) return undefined;
  if (except.some((filter) => topicMatches(filter, own))) return undefined;
  return [{ topic: own, value_template: availabilityTemplate(address, words) }];
}
