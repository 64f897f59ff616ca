// User name and password of a listener.

import { createHash, timingSafeEqual } from "node:crypto";

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/**
 * True when `given` is what the listener wants, or it wants nothing. Digests are compared, so that neither content nor
 * length of the secrets shows in the time it takes.
 */
export function authenticates(
  wanted: Credentials | undefined,
  given: { readonly username: string | undefined; readonly password: Buffer | undefined },
): boolean {
  if (wanted === undefined) return true;
  const username = timingSafeEqual(digest(given.username ?? ""), digest(wanted.username));
  const password = timingSafeEqual(digest(given.password ?? ""), digest(wanted.password));
  return username && password && given.username !== undefined;
}

function digest(secret: string | Buffer): Buffer {
  return createHash("sha256").update(secret).digest();
}
