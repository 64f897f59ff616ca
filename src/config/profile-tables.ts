// All tables that a profile declares, and how rows of each are made.

import type { ProfileDecoding } from "../core/format/profile-decoding.ts";
import { availabilityProfile, availabilityTable } from "./profile-availability.ts";
import { silenceDecoding, silenceTable } from "./profile-silence.ts";
import { profileDecoding, profileTable } from "./profile-table.ts";
import type { ProfileTable } from "./profile-table.ts";
import type { Profile } from "./profile.ts";

/** Its own table, then those of its availability and its silence. */
export function profileTables(profile: Profile): ProfileTable[] {
  const besides = [availabilityTable(profile), silenceTable(profile)];
  return [profileTable(profile), ...besides.filter((table) => table !== undefined)];
}

/** How rows of the table named `table` are made, where that is one of the profile's. */
export function tableDecoding(profile: Profile, table: string): ProfileDecoding | undefined {
  if (table === profile.name) return profileDecoding(profile);
  if (table === silenceTable(profile)?.name) return silenceDecoding(profile);
  const { availability } = profile;
  const own = availability && availabilityProfile(profile, availability);
  return own?.name === table ? profileDecoding(own) : undefined;
}
