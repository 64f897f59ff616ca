// The control channel: how a command of the CLI reaches the gateway that runs on a data folder, whose database is locked.
// A unix socket in that folder, which only the gateway's user can enter. One request a connection:
//
//   client   {"command": "status"}\n
//   gateway  {"result": …}\n   or   {"error": "…", "hint": "…"}\n
//
// A stream's result is null, and is followed by its parts: each a uint32 (little-endian) and so many bytes. A part of
// length 0 ends it; a connection that ends without one has failed.

import { join } from "node:path";

/** The commands a gateway obeys. */
export const CONTROL_COMMANDS = ["status", "uplink resume"] as const;
export type ControlCommand = (typeof CONTROL_COMMANDS)[number];

/** … and what it streams. */
export const CONTROL_STREAMS = ["journal"] as const;
export type ControlStream = (typeof CONTROL_STREAMS)[number];

export interface ControlRequest {
  readonly command: string;
  /** Of `journal`: where to begin, wall clock. */
  readonly sinceMs?: number;
  /** Of `uplink resume`: end a rollback though devices are missing. */
  readonly isFinal?: boolean;
}

export type ControlAnswer =
  | { readonly result: unknown }
  | { readonly error: string; readonly hint?: string };

/** Where the gateway on this data folder listens. */
export function controlSocket(dataFolder: string): string {
  return join(dataFolder, "control.sock");
}
