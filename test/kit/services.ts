// Services that suites need and npm cannot bring: Java with Maven for Kafka, mosquitto, systemd. A suite skips with a printed
// reason where one is missing, so that a fresh clone can run the tests; under CI=true that is a failure.

import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { TestContext } from "node:test";

interface Service {
  /** What is missing, or undefined. */
  readonly lacks: () => string | undefined;
  readonly install: string;
}

const SERVICES: Readonly<Record<ServiceName, Service>> = {
  kafka: {
    lacks: () => lacksJava() ?? lacksCommand("mvn", ["--version"]),
    install: "apt-get install openjdk-17-jre-headless maven",
  },
  mosquitto: {
    lacks: () => lacksCommand("mosquitto", ["-h"]),
    install: "apt-get install mosquitto",
  },
  openssl: {
    lacks: () => lacksCommand("openssl", ["version"]),
    install: "apt-get install openssl",
  },
  systemd: {
    lacks: () => lacksCommand("systemd-analyze", ["--version"]),
    install: "apt-get install systemd",
  },
  terminal: {
    lacks: () => lacksCommand("script", ["--version"]),
    install: "apt-get install bsdutils",
  },
};

/** The services that suites ask for. */
export type ServiceName = "kafka" | "mosquitto" | "openssl" | "systemd" | "terminal";

/**
 * True when the tests of `t` can use the service `name`. Otherwise skips `t` and says why, or throws under CI=true.
 * Use as `if (!requireService(t, "kafka")) return;`.
 */
export function requireService(t: TestContext, name: ServiceName): boolean {
  const service = SERVICES[name];
  const missing = service.lacks();
  if (missing === undefined) return true;
  const reason = `${name} is not available: ${missing} (${service.install})`;
  if (process.env["CI"] === "true") throw new Error(reason);
  t.skip(reason);
  return false;
}

function lacksCommand(command: string, args: readonly string[]): string | undefined {
  const { error } = spawnSync(command, args, { stdio: "ignore" });
  return error === undefined ? undefined : `no ${command} on the path`;
}

function lacksJava(): string | undefined {
  const { stderr, error } = spawnSync(javaCommand(), ["-version"], { encoding: "utf8" });
  if (error !== undefined) return "no java on the path";
  const major = Number(/version "(\d+)/.exec(stderr)?.[1] ?? 0);
  return major >= 17 ? undefined : `Java ${major} is older than 17`;
}

/** The Java to run: that of JAVA_HOME, else the one on the path. */
export function javaCommand(): string {
  const home = process.env["JAVA_HOME"];
  return home === undefined ? "java" : `${home}/bin/java`;
}

/** Absolute path of an executable on PATH, or where Debian keeps daemons. */
export function findCommand(command: string): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  return folders.map((folder) => join(folder, command)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
