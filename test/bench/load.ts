// Runs the load generator, a process of its own: its CPU is never counted.

import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { endProcess } from "../kit/child.ts";
import type { LoadResult } from "./loadgen.ts";

export interface LoadRate {
  readonly connections: number;
  readonly keys: number;
  /** Messages per second; 0 = as fast as acknowledged. */
  readonly rate: number;
  readonly seconds: number;
}

export interface LoadArguments extends LoadRate {
  /** Of 127.0.0.1. */
  readonly port: number;
  /** Every device's first sequence number. */
  readonly first: number;
}

const LOADGEN = fileURLToPath(new URL("./loadgen.ts", import.meta.url));

/** Runs the generator to its end. Throws if it failed, or if an acknowledgement is missing. */
export async function runLoad(load: LoadArguments): Promise<LoadResult> {
  const child = spawnLoad(load);
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, "close")]);
  if (code !== 0) throw new Error(`the load generator ended with ${code}`);
  return JSON.parse(output) as LoadResult;
}

/** Connects devices that say nothing; returns what ends them. */
export async function connectSilently(load: LoadArguments): Promise<() => Promise<void>> {
  const child = spawnLoad(load, "--silent");
  await once(child.stdout, "data");
  return async () => await endProcess(child, "SIGTERM");
}

function spawnLoad(
  load: LoadArguments,
  ...flags: string[]
): ChildProcessByStdio<null, Readable, null> {
  const options = Object.entries(load).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return spawn(process.execPath, [LOADGEN, ...options, ...flags], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}
