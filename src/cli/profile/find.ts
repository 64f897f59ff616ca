// The profile that a command line names: a file, or the name of one of the profiles that come with headrace.

import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { loadProfile } from "../../config/profile-load.ts";
import type { Profile } from "../../config/profile.ts";
import { GatewayError } from "../../core/errors.ts";
import { didYouMean } from "../../core/suggest.ts";

const FOLDER = "device-profiles";

/** Loads it. Throws blame `config`: no such profile, or a file with problems. */
export function findProfile(nameOrFile: string): Profile {
  if (/\.ya?ml$/.test(nameOrFile) || existsSync(nameOrFile)) return loadProfile(nameOrFile);
  const named = shippedProfiles();
  const file = named.get(nameOrFile);
  if (file !== undefined) return loadProfile(file);
  throw new GatewayError(
    `there is no profile ${nameOrFile}, neither a file nor one of headrace's`,
    {
      code: "PROFILE_INVALID",
      blame: "config",
      hint: didYouMean(nameOrFile, named.keys()) ?? `There are: ${[...named.keys()].join(", ")}.`,
    },
  );
}

/** Files of the profiles that come with headrace, by name. */
function shippedProfiles(): ReadonlyMap<string, string> {
  const folder = shippedFolder();
  const files = folder === undefined ? [] : globSync("*/*.yaml", { cwd: folder }).sort();
  return new Map(
    files.map((name) => {
      const file = join(folder ?? "", name);
      return [/^name: *(\S+)/m.exec(readFileSync(file, "utf8"))?.[1] ?? name, file];
    }),
  );
}

/** The nearest folder of profiles above this file, in src/ as in dist/. */
function shippedFolder(): string | undefined {
  for (let at = new URL("./", import.meta.url); ; at = new URL("../", at)) {
    const folder = fileURLToPath(new URL(FOLDER, at));
    if (existsSync(folder)) return folder;
    if (new URL("../", at).href === at.href) return undefined;
  }
}
