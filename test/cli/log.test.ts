import assert from "node:assert/strict";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";

import { createLogger } from "../../src/cli/log.ts";
import type { LogLevel } from "../../src/config/gateway.ts";
import { GatewayError } from "../../src/core/errors.ts";
import type { Logger } from "../../src/core/log.ts";

describe("the log", () => {
  const folder = mkdtempSync(join(tmpdir(), "headrace-log-"));
  after(() => rmSync(folder, { recursive: true }));

  /** Lines that `use` logs, read straight after it returns: nothing may be left in a buffer. */
  function logged(level: LogLevel, use: (log: Logger) => void): Record<string, unknown>[] {
    const path = join(folder, "log");
    const fd = openSync(path, "w");
    use(createLogger(level, fd));
    const text = readFileSync(path, "utf8");
    closeSync(fd);
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  it("is one JSON object a line, there as soon as the call returns", () => {
    const [line, ...more] = logged("info", (log) => log.info("started", { port: 1884 }));
    assert.deepEqual(more, []);
    const { time, ...rest } = line ?? {};
    assert.equal(typeof time, "number");
    assert.deepEqual(rest, { level: "info", pid: process.pid, port: 1884, msg: "started" });
  });

  it("leaves out what is below its level", () => {
    const lines = logged("warn", (log) => {
      log.debug("a");
      log.info("b");
      log.warn("c");
      log.error("d");
    });
    assert.deepEqual(
      lines.map(({ level, msg }) => [level, msg]),
      [
        ["warn", "c"],
        ["error", "d"],
      ],
    );
  });

  it("tells an error by code, blame and cause, with a stack only for bugs and strangers", () => {
    const cause = new Error("socket closed");
    const external = new GatewayError("Kafka is away", {
      code: "KAFKA_UNAVAILABLE",
      blame: "external",
      cause,
    });
    const bug = new GatewayError("impossible", { code: "ASSERTION", blame: "bug" });
    const [first, second, third] = logged("info", (log) => {
      log.warn("uplink", { error: external });
      log.error("rule", { error: bug });
      log.error("other", { error: "text" });
    }).map((line) => line["error"]) as [Record<string, unknown>, Record<string, unknown>, string];
    assert.equal(first["code"], "KAFKA_UNAVAILABLE");
    assert.equal(first["stack"], undefined);
    assert.equal((first["cause"] as Record<string, unknown>)["message"], "socket closed");
    assert.match(String(second["stack"]), /impossible/);
    assert.equal(third, "text");
  });
});
