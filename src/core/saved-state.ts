// The form that every saved state has: whose it is, and the version of its layout. A layout changes with the
// accumulators in it, too: who changes an aggregate's columns raises the version of the operators that hold them.

import { GatewayError } from "./errors.ts";

/** What every saved state begins with. */
export interface SavedState {
  readonly owner: string;
  readonly version: number;
}

/**
 * A snapshot as the state of the owner that takes it up; undefined for none. Throws STORE_VERSION for the state of
 * another owner or version.
 */
export function takeUp<State extends SavedState>(
  snapshot: unknown,
  own: Pick<State, "owner" | "version">,
): State | undefined {
  if (snapshot === undefined) return undefined;
  const { owner = "something else", version = "unknown" } = snapshot as Partial<SavedState>;
  if (owner === own.owner && version === own.version) return snapshot as State;
  throw foreignState(`${owner} of version ${version}`, `${own.owner} of version ${own.version}`);
}

/** The refusal of a saved state that cannot be read here: whose it is, and whose it should be. */
export function foreignState(found: string, expected: string): GatewayError {
  return new GatewayError(`the saved state is that of ${found}, not of ${expected}`, {
    code: "STORE_VERSION",
    blame: "config",
    hint: "Install the version that wrote it again; a rule whose text has changed starts anew.",
  });
}
