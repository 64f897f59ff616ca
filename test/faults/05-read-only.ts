// Fault 5: the filesystem of the data folder turns read-only: before a start, with a full buffer, and under the running
// gateway, as the kernel does when it finds the filesystem damaged. The gateway takes nothing then, but what it has is
// still delivered; when the filesystem can be written again, it goes on by itself.

import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { type GatewayProcess, scrape } from "../kit/gateway-process.ts";
import { freePorts } from "../kit/kafka/ports.ts";
import type { Plant } from "../kit/plant/plant.ts";
import { SmallDisk } from "../kit/small-disk.ts";
import { Draw } from "./draw.ts";
import type { Fault, FaultContext, Outcome } from "./fault.ts";
import { plantOutcome } from "./outcome.ts";
import { failingText, shimEnvironment } from "./shim/build.ts";
import { smallPlant } from "./small-plant.ts";
import { stalled } from "./stalled.ts";

const DISK_MIB = 160;
const DEVICES = 8;
const SAMPLES = 300;
const BUFFERED = (DEVICES * SAMPLES) / 3;
const LOOK_MS = 100;
/** The Kafka client starts, reads its progress, sends. */
const DRAIN_MS = 20_000;

export const readOnly: Fault = {
  number: 5,
  title: "filesystem turns read-only, while running and before the start",
  injects:
    "a start on a read-only filesystem with a buffer that Kafka has not seen, then writable again; EROFS for all changes for a while; an ext4 error that turns it read-only under the gateway",
  expects:
    "ready in 5 s, a clear error, no acknowledgement, the buffer is delivered; it goes on by itself; nothing lost, nothing twice",
  needs: ["compiler", "kafka", "mount"],
  run: async (context) => {
    const options = {
      sides: ["direct"],
      weather: "rough",
      devices: DEVICES,
      samples: SAMPLES,
    } as const;
    return await context.services.withPlant(smallPlant(context.seed, options), async (plant) => {
      const disk = new SmallDisk(DISK_MIB, plant.workspace.data);
      try {
        return await turnReadOnly(plant, disk, context);
      } finally {
        disk.dispose();
      }
    });
  },
};

async function turnReadOnly(
  plant: Plant,
  disk: SmallDisk,
  { seed, log }: FaultContext,
): Promise<Outcome> {
  const draw = new Draw(readOnly.number, seed);
  const [nobody = 0] = await freePorts(1);
  plant.workspace.configure({ kafka: `127.0.0.1:${nobody}` });
  const first = await plant.start();
  await plant.acknowledged(draw.between(100, BUFFERED), first);
  await plant.kill(first);
  plant.workspace.configure({});

  disk.remount("ro");
  const switchFile = join(plant.workspace.folder, "failing");
  const environment = shimEnvironment({ folder: plant.workspace.data, switchFile });
  const gateway = await plant.start({ environment });
  const problems = await drained(plant, gateway);
  log(`drained, ${plant.fleets.acknowledged} acknowledged`);
  disk.remount("rw");
  await plant.acknowledged(draw.between(1, BUFFERED), gateway);
  log("writable again");

  writeFileSync(switchFile, failingText({ calls: ["write", "name", "open"], error: "EROFS" }));
  await stalled(plant.fleets);
  rmSync(switchFile);
  await plant.acknowledged(draw.between(1, BUFFERED / 2), gateway);
  log("read-only for a while, then writable again");

  disk.fail();
  await stalled(plant.fleets);
  log("failed, and nothing is acknowledged");
  if (!gateway.running) {
    const { code, signal } = await gateway.exited;
    problems.push(`it has ended on a filesystem that failed: ${code ?? signal}`, gateway.tail(10));
  }
  if (!gateway.errors.some((line) => line.includes("cannot be written")))
    problems.push("nobody was told that the data directory cannot be written");
  await plant.kill(gateway);
  disk.repair();
  const report = await plant.finish();
  return plantOutcome(plant, {
    injected: { "before a start": 1, "running, for a while": 1, "running, until a reboot": 1 },
    report,
    problems,
    expectedErrors: /the core worker ended|data directory cannot be written/,
  });
}

/** Waits until all that was in the outbox at the start has left. Returns what is not as it must be. */
async function drained(plant: Plant, gateway: GatewayProcess): Promise<string[]> {
  const before = plant.fleets.acknowledged;
  const { http } = await gateway.ready;
  const deadline = performance.now() + DRAIN_MS;
  for (let rows: number | undefined; ;) {
    const metrics = await scrape(http ?? "");
    rows ??= metrics.sum("headrace_outbox_rows");
    if (rows === 0) return ["nothing in the outbox of a read-only start"];
    if (metrics.sum("headrace_uplink_rows_total") >= rows) break;
    if (performance.now() > deadline) return [`${rows} rows were not drained in ${DRAIN_MS} ms`];
    await pause(LOOK_MS);
  }
  return plant.fleets.acknowledged === before ? [] : ["it has acknowledged what it could not keep"];
}
