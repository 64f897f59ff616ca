// Runs the floor server, a process of its own.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { endProcess } from "../kit/child.ts";

const SERVER = fileURLToPath(new URL("./floor-server.ts", import.meta.url));

export interface FloorServer {
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
}

/** Resolves once it listens. Throws if it ends before that. */
export async function startFloorServer(): Promise<FloorServer> {
  const child = spawn(process.execPath, [SERVER], { stdio: ["ignore", "pipe", "inherit"] });
  const [said] = (await Promise.race([
    once(child.stdout, "data"),
    once(child, "close").then(([code]) => {
      throw new Error(`the floor server ended with ${String(code)}`);
    }),
  ])) as [Buffer];
  return {
    pid: child.pid ?? 0,
    port: Number(said.toString()),
    stop: async () => await endProcess(child, "SIGTERM"),
  };
}
