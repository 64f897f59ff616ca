// A folder with everything in it, in memory: before a life, and after a power cut.

import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Paths are relative to the folder. */
export interface FolderImage {
  readonly files: ReadonlyMap<string, { readonly inode: bigint; readonly bytes: Buffer }>;
  readonly folders: ReadonlySet<string>;
}

/** Reads a folder; one that does not exist is empty. Sockets are left out: they mean nothing without their process. */
export function readFolder(root: string): FolderImage {
  const files = new Map<string, { inode: bigint; bytes: Buffer }>();
  const folders = new Set<string>();
  const walk = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        folders.add(path);
        walk(path);
      } else if (entry.isFile()) {
        const { ino } = statSync(join(root, path), { bigint: true });
        files.set(path, { inode: ino, bytes: readFileSync(join(root, path)) });
      }
    }
  };
  if (statSync(root, { throwIfNoEntry: false }) !== undefined) walk("");
  return { files, folders };
}

/** Puts an image in the place of whatever is at `root`. */
export function writeFolder(root: string, { files, folders }: FolderImage): void {
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true, mode: 0o700 });
  for (const folder of [...folders].sort()) mkdirSync(join(root, folder), { recursive: true });
  for (const [path, { bytes }] of files) writeFileSync(join(root, path), bytes, { mode: 0o600 });
}
