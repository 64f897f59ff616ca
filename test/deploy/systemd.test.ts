// The systemd unit, checked by systemd itself: it parses, and its sandbox stays as tight as it is today.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";

import { ROOT } from "../kit/repository.ts";
import { requireService } from "../kit/services.ts";

const UNIT = join(ROOT, "deploy/systemd/headrace.service");
const SYSUSERS = join(ROOT, "deploy/systemd/headrace.sysusers.conf");

/** Exposure × 10 as systemd-analyze rates it (0 is a closed box, 96 a service without any setting). */
const EXPOSURE_MAX = 12;

/** Keys newer than the oldest systemd we support (Debian 12); an older one ignores them with a warning. */
const NEWER_KEYS = /Unknown key(?: name)? '(?:RestartSteps|RestartMaxDelaySec)' in section/;

const text = readFileSync(UNIT, "utf8");

describe("the systemd unit", () => {
  it("keeps what the design asks for", () => {
    for (const line of [
      "User=headrace",
      "NoNewPrivileges=yes",
      "ProtectSystem=strict",
      "CapabilityBoundingSet=",
      "StartLimitIntervalSec=0",
      "Restart=always",
      "RestartPreventExitStatus=2 78",
      "StateDirectory=headrace",
      "Environment=HEADRACE_MACHINE_BOOT=%b",
    ]) {
      assert.ok(text.split("\n").includes(line), line);
    }
    assert.match(text, /^MemoryMax=\d+M$/m);
    assert.match(text, /^SystemCallFilter=@system-service$/m);
    assert.doesNotMatch(text, /^MemoryDenyWriteExecute=/m);
  });

  it("restarts ever more slowly, and stops later than the gateway needs to", () => {
    const seconds = (key: string): number =>
      Number(new RegExp(`^${key}=(\\d+)$`, "m").exec(text)?.[1]);
    assert.ok(seconds("RestartSec") < seconds("RestartMaxDelaySec"));
    assert.ok(seconds("TimeoutStopSec") > 8);
  });
});

describe("systemd", () => {
  const folder = mkdtempSync(join(tmpdir(), "headrace-systemd-"));
  after(() => rmSync(folder, { recursive: true }));

  /** The unit with a program that every machine has: verify looks whether it exists. */
  function installed(unit: string): string {
    const path = join(folder, "headrace.service");
    writeFileSync(path, unit.replace("ExecStart=/usr/bin/node", "ExecStart=/bin/true"));
    return path;
  }

  function verify(unit: string): string[] {
    const { stderr, error } = spawnSync(
      "systemd-analyze",
      ["verify", "--man=no", installed(unit)],
      {
        encoding: "utf8",
      },
    );
    assert.equal(error, undefined);
    return stderr
      .split("\n")
      .filter((line) => line.includes("headrace.service") && !NEWER_KEYS.test(line));
  }

  it("understands every line of the unit", (t) => {
    if (!requireService(t, "systemd")) return;
    assert.deepEqual(verify(text), []);
    assert.equal(verify(text.replace("ProtectHome=yes", "ProtectHomes=yes")).length, 1);
  });

  it(`rates its exposure at ${EXPOSURE_MAX / 10} or less`, (t) => {
    if (!requireService(t, "systemd")) return;
    const rate = (unit: string): number | null =>
      spawnSync("systemd-analyze", [
        "security",
        "--offline=true",
        `--threshold=${EXPOSURE_MAX}`,
        installed(unit),
      ]).status;
    assert.equal(rate(text), 0);
    assert.notEqual(rate(text.replace("ProtectSystem=strict\n", "")), 0);
  });

  it("finds the user of the unit in the sysusers file", (t) => {
    if (!requireService(t, "systemd")) return;
    const line = readFileSync(SYSUSERS, "utf8")
      .split("\n")
      .find((each) => each.startsWith("u "));
    assert.match(line ?? "", /^u headrace - "[^"]+" \/var\/lib\/headrace$/);
    assert.ok(text.includes("User=headrace\n"));
    execFileSync("systemd-sysusers", ["--dry-run", `--root=${folder}`, SYSUSERS], {
      stdio: "pipe",
    });
  });
});
