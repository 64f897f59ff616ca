// Services that suites need and npm cannot bring: Java with Maven for Kafka and Flink, mosquitto, systemd. A suite skips with a printed
// reason where one is missing, so that a fresh clone can run the tests; under CI=true that is a failure, but for the right to mount.

import { spawnSync } from "node:child_process";
import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { TestContext } from "node:test";

import { fakeTimeLibrary } from "./fake-clock.ts";

interface Service {
  /** What is missing, or undefined. */
  readonly lacks: () => string | undefined;
  readonly install: string;
  /** A right that no package brings: CI may lack it too. */
  readonly isRight?: boolean;
}

const SERVICES: Readonly<Record<ServiceName, Service>> = {
  faketime: {
    lacks: () => (fakeTimeLibrary() === undefined ? "no libfaketime" : undefined),
    install: "apt-get install faketime",
  },
  flink: {
    lacks: () => lacksJava() ?? lacksCommand("javac", ["-version"]) ?? lacksMaven(),
    install: "apt-get install openjdk-17-jdk-headless maven",
  },
  compiler: {
    lacks: () => lacksCommand("gcc", ["--version"]),
    install: "apt-get install gcc libc6-dev",
  },
  kafka: {
    lacks: () => lacksJava() ?? lacksMaven(),
    install: "apt-get install openjdk-17-jre-headless maven",
  },
  mosquitto: {
    lacks: () => lacksCommand("mosquitto", ["-h"]),
    install: "apt-get install mosquitto",
  },
  mount: {
    lacks: () => lacksRoot() ?? lacksCommand("mkfs.ext4", ["-V"]) ?? lacksMount(),
    install: "run as root, with e2fsprogs, where filesystems may be mounted",
    isRight: true,
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
export type ServiceName =
  | "compiler"
  | "faketime"
  | "flink"
  | "kafka"
  | "mosquitto"
  | "mount"
  | "openssl"
  | "systemd"
  | "terminal";

/**
 * True when the tests of `t` can use the service `name`. Otherwise skips `t` and says why, or throws under CI=true.
 * Use as `if (!requireService(t, "kafka")) return;`.
 */
export function requireService(t: TestContext, name: ServiceName): boolean {
  const reason = lacksService(name);
  if (reason === undefined) return true;
  if (process.env["CI"] === "true" && SERVICES[name].isRight !== true) throw new Error(reason);
  t.skip(reason);
  return false;
}

/** Why the service `name` cannot be used, and how to install it; undefined when it can. */
export function lacksService(name: ServiceName): string | undefined {
  const { lacks, install } = SERVICES[name];
  const missing = lacks();
  return missing === undefined ? undefined : `${name} is not available: ${missing} (${install})`;
}

function lacksCommand(command: string, args: readonly string[]): string | undefined {
  const { error } = spawnSync(command, args, { stdio: "ignore" });
  return error === undefined ? undefined : `no ${command} on the path`;
}

function lacksRoot(): string | undefined {
  return process.getuid?.() === 0 ? undefined : "not root";
}

/** A container's root may not mount: only trying tells. */
function lacksMount(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), "headrace-mount-"));
  try {
    const { status } = spawnSync("mount", ["-t", "tmpfs", "tmpfs", folder], { stdio: "ignore" });
    if (status !== 0) return "mount is not permitted";
    spawnSync("umount", [folder]);
    return undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function lacksMaven(): string | undefined {
  return lacksCommand("mvn", ["--version"]);
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
