// Starts the Java process of a broker and waits until it answers.

import type { ChildProcess } from "node:child_process";
import { closeSync, fstatSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { endProcess, spawnGuarded } from "../child.ts";
import { javaCommand } from "../services.ts";
import type { KafkaInstallation } from "./install.ts";
import { isReady } from "./requests.ts";

const READY_LIMIT_MS = 120_000;

export interface LaunchOptions {
  readonly installation: Pick<KafkaInstallation, "classPath">;
  /** Takes server.properties and broker.log. */
  readonly directory: string;
  readonly properties: string;
  /** A plaintext port of the broker. */
  readonly readyPort: number;
  readonly jvm: readonly string[];
}

/** Resolves with the running process; throws with the end of its log when it does not get ready. */
export async function launch(options: LaunchOptions): Promise<ChildProcess> {
  const { installation, directory, properties, readyPort, jvm } = options;
  const propertiesFile = join(directory, "server.properties");
  const logFile = join(directory, "broker.log");
  writeFileSync(propertiesFile, properties);
  const log = openSync(logFile, "a");
  const logStart = fstatSync(log).size;
  // The quick compiler alone: good for short tests, wrong for measuring the broker.
  const memory = ["-Xmx400m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
  const program = ["-cp", installation.classPath, "kafka.Kafka", propertiesFile];
  const java = [...memory, ...jvm, ...program];
  const child = spawnGuarded(javaCommand(), java, { cwd: directory, stdio: ["ignore", log, log] });
  closeSync(log);
  const giveUpAtMs = performance.now() + READY_LIMIT_MS;
  while (!(await isReady(readyPort))) {
    if (child.exitCode === null && performance.now() < giveUpAtMs) await pause(50);
    else {
      await endProcess(child, "SIGKILL");
      const text = readFileSync(logFile).subarray(logStart).toString();
      throw new Error(`the broker did not get ready:\n${text.slice(-3000)}`);
    }
  }
  return child;
}
