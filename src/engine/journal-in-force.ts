// What is known at the end of a journal without running it: the configuration in force, schemas of a registry.

import { deserialize } from "node:v8";

import type { JournalHead } from "../core/protocol.ts";
import type { JournalLook } from "../store/journal-file.ts";
import { encodeConfigEntry } from "./config-entry.ts";
import type { CheckpointState } from "./replay.ts";

/**
 * The configuration of the newest `config` entry, or of the newest checkpoint; undefined when both are gone. Schemas
 * are the checkpoint's: entries that are run tell the others.
 */
export function newestKnown(look: JournalLook): Pick<JournalHead, "inForce" | "schemas"> {
  const newest = look.reader.newestConfig();
  const checkpoint = look.checkpoint();
  const saved = checkpoint && (deserialize(checkpoint.state) as CheckpointState);
  const inForce = newest?.readable === true ? newest.entry.data : undefined;
  return {
    inForce: inForce ?? (saved && encodeConfigEntry(saved.inForce)),
    schemas: saved?.pipeline.schemas ?? [],
  };
}
