// The oracle of this folder, built by Maven into the kit's cache once per state of its sources. About 10 s when
// Maven has the jars, a few minutes when it has to fetch them.

import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { kitCache, run } from "../install.ts";

const POM = join(import.meta.dirname, "pom.xml");

/** Builds the oracle unless that is done, and gives its class path. Safe to be called by several processes at once. */
export function installOracle(): string {
  const cache = kitCache();
  const home = join(cache, `flink-oracle-${sourceDigest()}`);
  if (!existsSync(home)) {
    const work = mkdtempSync(join(cache, "installing-"));
    try {
      run("mvn", ["-q", "-B", "-f", POM, `-DbuildDirectory=${work}`, "package"]);
      renameSync(work, home);
    } catch (error) {
      rmSync(work, { recursive: true, force: true });
      if (!existsSync(home)) throw error; // else another process was faster
    }
  }
  return `${join(home, "flink-oracle-1.jar")}:${join(home, "libs")}/*`;
}

function sourceDigest(): string {
  const hash = createHash("sha256").update(readFileSync(POM));
  const sources = join(import.meta.dirname, "src");
  const entries = readdirSync(sources, { recursive: true, withFileTypes: true });
  const files = entries.flatMap((entry) =>
    entry.isFile() ? [join(entry.parentPath, entry.name)] : [],
  );
  for (const file of files.toSorted()) hash.update(readFileSync(file));
  return hash.digest("hex").slice(0, 12);
}
