// `x-gateway.availability`: the topic on which a device, its bridge or its last will says whether it is there. It becomes a
// table beside the profile's own, `<profile>_availability`: the captures of its topic, `online BOOLEAN` and, in
// `event_time`, when that was received. Measurements that stand on that topic are none.
//
//   availability: {topic: "zigbee2mqtt/{device}/availability", pointer: /state, online: online, offline: offline}
//   availability: {topic: "homie/{device}/$state", online: [ready, alert], offline: [disconnected, lost]}

import { EACH } from "../core/format/profile-codec.ts";
import { list, section, text, texts } from "./fields.ts";
import type { Field } from "./fields.ts";
import type { PlacedProblem } from "./problems.ts";
import { address, ADDRESS_KEYS } from "./profile-address.ts";
import { isFilter, topicFilter, topicProblems } from "./profile-topic.ts";
import type { Profile, ProfileAvailability } from "./profile.ts";

/** The section. Without a pointer the payload is the text; the defaults are Home Assistant's. */
export const AVAILABILITY: Field<ProfileAvailability> = section({
  topic: text(),
  except: list(text()).default([]),
  pointer: ADDRESS_KEYS.pointer,
  online: texts().default(["online"]),
  offline: texts().default(["offline"]),
}).transform(({ topic, except, pointer, online, offline }, context): ProfileAvailability => {
  const words = { on: online, off: offline };
  return { topic, except, address: address({ pointer }, context), words };
});

/** What the section says that cannot be; each with its place in the file. */
export function availabilityProblems(
  { availability, topic }: Profile,
  reserved: readonly string[],
): PlacedProblem[] {
  if (availability === undefined) return [];
  const own = availability;
  const path = (key: string): string[] => ["x-gateway", "availability", key];
  const problems: PlacedProblem[] = topicProblems(own.topic, [...reserved, "online"]).map(
    (problem) => ({ path: path("topic"), ...problem }),
  );
  if (topicFilter(own.topic) === topicFilter(topic)) {
    problems.push({ path: path("topic"), message: "topic is that of the measurements" });
  }
  for (const [i, filter] of own.except.entries()) {
    if (isFilter(filter)) continue;
    const message = `"${filter}" is not an MQTT topic filter`;
    problems.push({ path: [...path("except"), i], message });
  }
  const both = own.words.off.find((each) => own.words.on.includes(each));
  if (both !== undefined) {
    problems.push({ path: path("offline"), message: `"${both}" is a text of online too` });
  }
  if (own.address.kind === "path" && own.address.path.includes(EACH)) {
    problems.push({ path: path("pointer"), message: "pointer has a *: a device is there or not" });
  }
  return problems;
}
