// `headrace profile schema`: the JSON Schema of device profiles, for editors. With the YAML language server:
// `# yaml-language-server: $schema=profile.schema.json` as the first line of a profile.

import { profileJsonSchema } from "../../config/profile-json-schema.ts";

/** Prints it; exit code 0. */
export function schema(): number {
  process.stdout.write(`${JSON.stringify(profileJsonSchema(), null, 2)}\n`);
  return 0;
}
