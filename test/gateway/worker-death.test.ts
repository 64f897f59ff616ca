// The core worker ends with any failed write, and is built anew from the card; the process stays. A failed fsync ends
// the process: a retry could "succeed" on a page that the kernel has dropped.

import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";

import { payload, Site } from "./kit.ts";
import type { Life } from "./kit.ts";

const SHIM = new URL("disk-shim.ts", import.meta.url).href;

interface Disk {
  fails(how: string): void;
  works(): void;
}

async function startOnDisk(context: TestContext): Promise<{ life: Life; disk: Disk }> {
  const site = new Site(context);
  const file = join(site.folder, "shim");
  const life = await site.ready({ NODE_OPTIONS: `--import=${SHIM}`, DISK_SHIM: file });
  const disk = {
    fails: (how: string) => writeFileSync(file, how),
    works: () => rmSync(file),
  };
  return { life, disk };
}

describe("a write error", () => {
  it("costs a reconnect and nothing else", async (context) => {
    const { life, disk } = await startOnDisk(context);
    const { pid } = life.program.child;
    const session = {
      clientId: "device",
      version: 5,
      cleanStart: false,
      sessionExpirySeconds: 600,
    } as const;
    const first = await life.device(session);
    await first.publish("readings/a", payload("a", 1, 10));
    disk.fails("write EIO");
    first.post("readings/a", payload("a", 2, 20), { packetId: 2 });
    await first.closed;
    assert.deepEqual(first.pubacks, [1], "no acknowledgement without a commit");
    assert.equal(first.disconnectCode, 0x89, "server busy");
    // The second worker fails like the first, on its own first write.
    const ended = (line: string): boolean => line.includes("the core worker ended");
    let failures = 0;
    await life.program.stderr.find((line) => ended(line) && ++failures === 2);
    assert.equal((await life.get("/healthz")).status, 503);
    assert.equal((await life.get("/readyz")).status, 503);
    assert.equal((await life.get("/metrics")).status, 200);
    disk.works();

    // Waits for the worker: the session has to be durable before it is answered.
    const again = await life.device({ ...session, clientId: "other" });
    await again.publish("readings/a", payload("a", 3, 30));
    const back = await life.device(session);
    assert.equal(back.connack?.sessionPresent, true);
    await back.publish("readings/a", payload("a", 2, 20), { packetId: 2, dup: true });
    assert.equal((await life.get("/readyz")).status, 200);
    assert.equal(await life.metric("headrace_digest_mismatches_total"), 0);
    assert.equal(life.program.child.pid, pid);
    assert.equal((await life.program.end()).code, 0);
    assert.deepEqual(
      life.rows().map((row) => (row as { seq: number }).seq),
      [1, 3, 2],
    );
  });

  it("lets the gateway be stopped while it waits to try again", async (context) => {
    const { life, disk } = await startOnDisk(context);
    const device = await life.device();
    disk.fails("write EROFS");
    device.post("readings/a", payload("a", 1, 10));
    await device.closed;
    await life.program.stderr.find((line) => line.includes("the core worker ended"));
    assert.equal((await life.program.end()).code, 0);
    assert.deepEqual(device.pubacks, []);
  });
});

describe("a failed fsync", () => {
  it("ends the process with 74, unacknowledged", async (context) => {
    const { life, disk } = await startOnDisk(context);
    const device = await life.device();
    disk.fails("fdatasync EIO");
    device.post("readings/a", payload("a", 1, 10));
    await device.closed;
    assert.deepEqual(device.pubacks, []);
    assert.deepEqual(await life.program.exited, { code: 74, signal: null });
  });
});
