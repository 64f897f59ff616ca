import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { isClockUnset } from "../../src/gateway/machine-clock.ts";

test("a clock is unset where there is no battery and timesyncd has not set it; elsewhere nothing is known", (context) => {
  const root = mkdtempSync(join(tmpdir(), "headrace-machine-"));
  context.after(() => rmSync(root, { recursive: true }));
  assert.equal(isClockUnset(root), false, "no timesyncd");
  mkdirSync(join(root, "run/systemd/timesync"), { recursive: true });
  assert.equal(isClockUnset(root), true, "no battery");
  mkdirSync(join(root, "sys/class/rtc"), { recursive: true });
  assert.equal(isClockUnset(root), true, "a kernel that could have one");
  mkdirSync(join(root, "sys/class/rtc/rtc0"));
  assert.equal(isClockUnset(root), false, "a battery");
  rmSync(join(root, "sys/class/rtc/rtc0"), { recursive: true });
  writeFileSync(join(root, "run/systemd/timesync/synchronized"), "");
  assert.equal(isClockUnset(root), false, "set by the network");
});
