// A note in the data folder of the prefixes below which this gateway has published discovery: what finds its documents
// again when no profile names the prefix any longer. Best effort, like all of what Home Assistant is told: without the
// note documents of the last profile that published stay where they are.

import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

const FILE = "discovery.json";

/** The prefixes; none where there is no note, or none that can be read. */
export async function readNote(dataFolder: string): Promise<readonly string[]> {
  try {
    const { prefixes } = JSON.parse(await readFile(join(dataFolder, FILE), "utf8")) as {
      readonly prefixes?: unknown;
    };
    if (!Array.isArray(prefixes)) return [];
    return prefixes.filter((each): each is string => typeof each === "string");
  } catch {
    return [];
  }
}

/** Rejects where the folder cannot be written. */
export async function writeNote(dataFolder: string, prefixes: readonly string[]): Promise<void> {
  await writeFile(join(dataFolder, FILE), `${JSON.stringify({ prefixes })}\n`);
}

/** Rejects where the folder cannot be written. */
export async function removeNote(dataFolder: string): Promise<void> {
  await rm(join(dataFolder, FILE), { force: true });
}
