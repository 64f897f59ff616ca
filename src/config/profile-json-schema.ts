// The JSON Schema of device profiles, for editors that complete and check YAML as it is typed. It is made from the very
// schema that reads profiles, so it knows every key; what concerns several keys at once, `headrace profile lint` says.

import { z } from "./fields.ts";
import { PROFILE_SCHEMA } from "./profile-schema.ts";

/** JSON Schema 2020-12 of what a profile file may hold. */
export function profileJsonSchema(): object {
  const { $schema, ...schema } = z.toJSONSchema(PROFILE_SCHEMA, {
    io: "input",
    unrepresentable: "any",
  });
  return { $schema, title: "headrace device profile", ...schema };
}
