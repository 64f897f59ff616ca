// A headrace that is not this one: this source with something changed in it, built beside the real one.

import { execSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";

import { ROOT } from "../kit/repository.ts";

export interface Change {
  /** Names the build's folder. */
  readonly name: string;
  readonly version: string;
  /** Below the root. */
  readonly file: string;
  /** Gives the file's new text. */
  readonly change: (text: string) => string;
}

const built = new Set<string>();

/** Main file of the build; it is made when first asked for. Throws if the change changes nothing. */
export function changedBuild({ name, version, file, change }: Change): string {
  const folder = join(ROOT, "target/faults", name);
  const main = join(folder, "dist/main.js");
  if (built.has(name)) return main;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const part of ["src", "firmware-sim"]) {
    cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  }
  const text = readFileSync(join(folder, file), "utf8");
  const changed = change(text);
  if (changed === text) throw new Error(`${name}: nothing was changed in ${file}`);
  writeFileSync(join(folder, file), changed);
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    scripts: { build: string };
  };
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module", version }));
  const path = [join(ROOT, "node_modules/.bin"), process.env["PATH"]].join(delimiter);
  execSync(scripts.build, { cwd: folder, env: { ...process.env, PATH: path } });
  built.add(name);
  return main;
}
