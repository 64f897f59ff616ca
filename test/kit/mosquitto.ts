// A real mosquitto on a free loopback port, with the settings of deploy/mosquitto/mosquitto.conf. Only the lines that
// say where, for whom and what is logged are replaced; the rest is what operators get.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { ROOT } from "./repository.ts";
import { findCommand } from "./services.ts";

/** One broker; its port and data stay the same across `end` and `start`. */
export interface Mosquitto {
  readonly port: number;
  /** Log lines of all runs. */
  readonly log: readonly string[];
  /** Starts it again after `end`; resolves when it listens. */
  start(): Promise<void>;
  /** Ends the process: SIGTERM saves what is queued, SIGKILL is a crash. */
  end(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
  /** Stops or continues the process where it stands: its sockets stay open and silent. */
  signal(signal: "SIGSTOP" | "SIGCONT" | "SIGUSR1"): void;
  /** Ends it for good and removes its data. */
  stop(): Promise<void>;
}

export interface MosquittoOptions {
  /** Lines to be added, `password_file …` for instance. */
  readonly config?: readonly string[];
}

// mosquitto takes the first listener's address from the file alone, so an include could not move it.
const PLACES =
  /^(?:listener|persistence_location|password_file|allow_anonymous|log_dest|log_type)\b/;

/** Starts a broker; resolves when it listens. */
export async function startMosquitto(options: MosquittoOptions = {}): Promise<Mosquitto> {
  const folder = await mkdtemp(join(tmpdir(), "headrace-mosquitto-"));
  const port = await freePort();
  const extra = options.config ?? [];
  const deployed = await readFile(join(ROOT, "deploy/mosquitto/mosquitto.conf"), "utf8");
  const own = [
    `listener ${port} 127.0.0.1`,
    `persistence_location ${folder}/`,
    "log_dest stderr",
    "log_type all",
    ...(extra.some((line) => line.startsWith("allow_anonymous")) ? [] : ["allow_anonymous true"]),
    // Started as root it would become a user who may not write into our folder.
    ...(process.getuid?.() === 0 ? ["user root"] : []),
    ...extra,
  ];
  const kept = deployed.split("\n").filter((line) => !PLACES.test(line));
  const file = join(folder, "mosquitto.conf");
  await writeFile(file, [...own, ...kept].join("\n"));
  const broker = new Broker(file, port);
  await broker.start();
  return {
    port,
    log: broker.log,
    start: () => broker.start(),
    end: (signal) => broker.end(signal),
    signal: (signal) => void broker.process?.kill(signal),
    async stop() {
      await broker.end("SIGKILL");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

class Broker {
  readonly log: string[] = [];
  process: ChildProcess | undefined;
  readonly #file: string;
  readonly #port: number;

  constructor(file: string, port: number) {
    this.#file = file;
    this.#port = port;
  }

  async start(): Promise<void> {
    const command = findCommand("mosquitto") ?? "mosquitto";
    const child = spawn(command, ["-c", this.#file], { stdio: ["ignore", "ignore", "pipe"] });
    this.process = child;
    const lines = createInterface({ input: child.stderr });
    const running = new Promise<void>((resolve, reject) => {
      lines.on("line", (line) => {
        this.log.push(line);
        if (/mosquitto version \S+ running/.test(line)) resolve();
      });
      child.once("error", reject);
      child.once("exit", (code) => {
        reject(
          new Error(`mosquitto on port ${this.#port} ended (${code}): ${this.log.join("\n")}`),
        );
      });
    });
    await running;
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.process;
    this.process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill(signal);
    if (signal === "SIGTERM") child.kill("SIGCONT");
    await exited;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
