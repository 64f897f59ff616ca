// What tests install once per machine, outside the repository.

import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

/** The folder for installed services; HEADRACE_KIT_CACHE chooses another. It exists afterwards. */
export function kitCache(): string {
  const cache = process.env["HEADRACE_KIT_CACHE"] ?? join(homedir(), ".cache", "headrace-kit");
  mkdirSync(cache, { recursive: true });
  return cache;
}

/** Runs a command to its end; throws with the end of what it printed when it fails. */
export function run(command: string, args: readonly string[]): void {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: "utf8",
    cwd: tmpdir(),
  });
  if (status === 0) return;
  const why = error?.message ?? `exit ${status}`;
  throw new Error(`${command} failed (${why}):\n${(stdout + stderr).slice(-3000)}`);
}
