// The stream `journal` of the control channel: its first part is a head, every other one holds rows as the core worker
// has packed them (engine/journal-rows.ts). Both ends are this very program.

import { deserialize, serialize } from "node:v8";

import type { JournalHead } from "../core/protocol.ts";

/** Undefined: nothing has been written since then. */
export function encodeHead(head: JournalHead | undefined): Uint8Array {
  return serialize(head);
}

/** What `encodeHead` was given. */
export function decodeHead(part: Uint8Array): JournalHead | undefined {
  return deserialize(part) as JournalHead | undefined;
}
