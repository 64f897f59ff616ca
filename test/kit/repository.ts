// The repository as text: its files and what they import. For tests that look at the code itself.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** Absolute path of the repository. */
export const ROOT: string = join(dirname(fileURLToPath(import.meta.url)), "../..");

/** Written by tools or by a run, ignored by git. */
const NOT_OURS: ReadonlySet<string> = new Set([".git", "data", "dist", "node_modules", "target"]);

/** A file's path relative to the root, with `/`, and its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

export interface Import {
  /** As written. */
  readonly specifier: string;
  /** Relative to the root for a relative import, else undefined. */
  readonly target: string | undefined;
  readonly typeOnly: boolean;
}

/** Every file of the repository that `accept` takes, sorted by path. */
export function filesOf(accept: (path: string) => boolean, root: string = ROOT): SourceFile[] {
  return walk(root)
    .map((path) => relative(root, path).split(sep).join("/"))
    .filter(accept)
    .toSorted()
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

/** Names at the top of the repository. */
export function topLevel(root: string = ROOT): string[] {
  return readdirSync(root).filter((name) => !NOT_OURS.has(name) && !name.endsWith(".log"));
}

/** Static, re-exporting, dynamic and required imports, in order. */
export function importsOf(file: SourceFile): Import[] {
  const pattern =
    /^(?:import|export)\b(?<clause>[^;"]*?)\bfrom\s+"(?<from>[^"]+)"|^import\s+"(?<bare>[^"]+)"|\b(?:import|require)\(\s*"(?<dynamic>[^"]+)"\s*\)/gm;
  return [...file.text.matchAll(pattern)].map((match) => {
    const { clause = "", from, bare, dynamic } = match.groups ?? {};
    const specifier = from ?? bare ?? dynamic ?? "";
    const target = specifier.startsWith(".")
      ? posix.join(posix.dirname(file.path), specifier)
      : undefined;
    return { specifier, target, typeOnly: /^\s+type\b/.test(clause) };
  });
}

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (NOT_OURS.has(entry.name) || entry.name.endsWith(".log")) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? walk(path) : entry.isFile() ? [path] : [];
  });
}
