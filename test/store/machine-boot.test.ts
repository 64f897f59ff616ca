import assert from "node:assert/strict";
import { test } from "node:test";

import { machineBoot } from "../../src/store/machine-boot.ts";

test("a boot of the machine has a name, the same as long as it lasts", () => {
  assert.equal(machineBoot({}), machineBoot({}));
  assert.notEqual(machineBoot({}), 0n, "Linux tells it");
});

test("the environment may say which boot it is, in systemd's form or the kernel's", () => {
  const boot = (text: string): bigint => machineBoot({ HEADRACE_MACHINE_BOOT: text });
  assert.equal(boot("9f8303b6-8ea2-458f-9c76-5877a5131f70"), 0x9f8303b68ea2458fn);
  assert.equal(boot("9f8303b68ea2458f9c765877a5131f70"), 0x9f8303b68ea2458fn);
  assert.equal(boot("no id"), 0n);
});
