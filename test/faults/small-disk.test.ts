import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { requireService } from "../kit/services.ts";
import { SmallDisk } from "../kit/small-disk.ts";

test("what a killed process has left mounted is unmounted by the next one", async (context) => {
  if (!requireService(context, "mount")) return;
  const program = `
    const { SmallDisk } = await import(${JSON.stringify(join(import.meta.dirname, "../kit/small-disk.ts"))});
    console.log(new SmallDisk(8).mount);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const left = line.toString().trim();
  child.kill("SIGKILL");
  await once(child, "close");
  assert.ok(isMounted(left));
  const disk = new SmallDisk(8);
  try {
    assert.ok(isMounted(disk.mount));
    assert.equal(isMounted(left), false);
    assert.equal(existsSync(left), false);
  } finally {
    disk.dispose();
  }
  assert.equal(isMounted(disk.mount), false);
});

function isMounted(folder: string): boolean {
  return readFileSync("/proc/mounts", "utf8").includes(` ${folder} `);
}
