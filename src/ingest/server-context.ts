// What the connections of a listener share.

import type { Credentials } from "./credentials.ts";
import type { LinkOptions } from "./link.ts";
import type { ServerConnection } from "./server-connection.ts";
import type { SessionTable } from "./sessions.ts";

/** See the header; the listener makes one. */
export interface ServerContext extends Omit<LinkOptions, "owner" | "peer"> {
  readonly source: string;
  readonly sessions: SessionTable;
  /** undefined: everybody may connect. */
  readonly credentials: Credentials | undefined;
  readonly receiveMaximum: number;
  /** Longest session granted. */
  readonly sessionExpirySeconds: number;
  /** A line for the log; the listener limits how many. */
  report(event: string, fields: Readonly<Record<string, unknown>>): void;
  /** Called once, when the socket is gone. */
  closed(connection: ServerConnection): void;
}
