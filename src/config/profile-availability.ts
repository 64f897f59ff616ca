// The table of a profile whose devices are said to be there or not (profile-availability-section.ts), `<profile>_availability`:
// it is that of a profile whose messages have `online` alone and are timed by their receipt.

import { RECEIVED, RECEIVED_IDLE_TIMEOUT, UNSAID } from "./profile-defaults.ts";
import { profileTable } from "./profile-table.ts";
import type { ProfileTable } from "./profile-table.ts";
import { capturesOf } from "./profile-topic.ts";
import type { Profile, ProfileAvailability } from "./profile.ts";

/** The name of the table. */
export function availabilityName(profile: Pick<Profile, "name">): string {
  return `${profile.name}_availability`;
}

/** The table; undefined where the profile says nothing of it. */
export function availabilityTable(profile: Profile): ProfileTable | undefined {
  const { availability } = profile;
  if (availability === undefined) return undefined;
  const table = profileTable(availabilityProfile(profile, availability));
  const { "watermark.per": _, ...options } = table.options;
  const own = { profile: profile.name, "watermark.idle-timeout": RECEIVED_IDLE_TIMEOUT };
  return { ...table, options: { ...options, ...own } };
}

/** The profile that its messages would have. */
export function availabilityProfile(
  profile: Profile,
  { topic, except, address: at, words }: ProfileAvailability,
): Profile {
  const { manufacturer, model, labels, file, qos } = profile;
  const transform = { mask: undefined, shift: 0, base: undefined, scale: 1, offset: 0, words };
  const online = { name: "online", description: "", address: at, valueType: "Bool" } as const;
  const bounds = { units: "", transform, minimum: undefined, maximum: undefined };
  return {
    name: availabilityName(profile),
    manufacturer,
    model,
    description: "",
    labels,
    file,
    resources: [{ ...online, ...bounds }],
    topic,
    captures: capturesOf(topic),
    except,
    qos,
    codec: { type: at.kind === "payload" ? "text" : "json" },
    time: RECEIVED,
    identity: undefined,
    ...UNSAID,
    simulate: undefined,
    examples: [],
  };
}
