import assert from "node:assert/strict";

import { parseProfile } from "../../src/config/profile-load.ts";
import { formatError, GatewayError } from "../../src/core/errors.ts";
import { profileText } from "./profile-text.ts";
import type { ProfileParts } from "./profile-text.ts";

/** What is said of a profile that must not be accepted. */
export function refusal(parts: ProfileParts): string {
  try {
    parseProfile(profileText(parts), "p.yaml");
  } catch (error) {
    assert.ok(error instanceof GatewayError);
    assert.equal(error.code, "PROFILE_INVALID");
    return formatError(error);
  }
  return assert.fail("it was accepted");
}
