import { readFileSync } from "node:fs";

/** The version in package.json: the nearest one above this file, in src/ as in dist/. */
export function packageVersion(): string {
  for (let folder = new URL("./", import.meta.url); ; folder = new URL("../", folder)) {
    try {
      const text = readFileSync(new URL("package.json", folder), "utf8");
      return String((JSON.parse(text) as { version: unknown }).version);
    } catch (error) {
      // Not here: one folder up, until there is none.
      if (new URL("../", folder).href === folder.href) throw error;
    }
  }
}
