// A gateway that forwards to a real Kafka, as several lives on disks that come and go.

import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import type { TestClient } from "../kit/mqtt-client.ts";
import { readCommitted, type ReadRow } from "../kit/kafka/reader.ts";
import { Site, type Life, type SiteOptions } from "./kit.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

export interface UplinkJson {
  readonly state: string;
  readonly connected: boolean;
  readonly delivery: string | null;
  readonly rows: number;
  readonly problem: string | null;
  readonly rollback: {
    readonly sinceMs: number;
    readonly withheld: number;
    readonly lost: readonly { readonly lane: string; readonly toSequence: number }[];
  } | null;
}

/** gateway.yaml's kafka section for a broker. */
export function kafkaYaml(bootstrap: string, more = ""): string {
  return `kafka: {brokers: ["${bootstrap}"], rollbackTopic: rolled${more}}\n`;
}

/** A site whose disk can be imaged and restored. */
export class KafkaSite {
  readonly site: Site;
  readonly #context: Pick<TestContext, "after">;

  constructor(context: Pick<TestContext, "after">, options: SiteOptions) {
    this.#context = context;
    this.site = new Site(context, options);
  }

  /** A copy of the disk, as a kill at this moment leaves it. */
  image(): string {
    const copy = mkdtempSync(join(tmpdir(), "headrace-image-"));
    this.#context.after(() => rmSync(copy, { recursive: true, force: true }));
    cpSync(this.site.data, copy, { recursive: true });
    return copy;
  }

  restore(image: string): void {
    rmSync(this.site.data, { recursive: true, force: true });
    cpSync(image, this.site.data, { recursive: true });
  }

  /** Runs a command of the CLI with this site's configuration. */
  async command(...words: string[]): Promise<{ readonly stdout: string; readonly stderr: string }> {
    const args = [MAIN, ...words, "-c", join(this.site.folder, "gateway.yaml")];
    return await promisify(execFile)(process.execPath, args);
  }
}

export async function uplinkOf(life: Life): Promise<UplinkJson> {
  return (await life.json("/api/status"))["uplink"] as UplinkJson;
}

/** Waits until `holds` of what the gateway says of its uplink. */
export async function untilUplink(
  life: Life,
  holds: (uplink: UplinkJson, waiting: number) => boolean,
): Promise<UplinkJson> {
  for (let left = 600; ; left--) {
    const status = await life.json("/api/status");
    const uplink = status["uplink"] as UplinkJson;
    const lanes = status["lanes"] as readonly { readonly lane: string; readonly rows: number }[];
    const waiting = lanes.reduce((sum, { rows }) => sum + rows, 0);
    if (holds(uplink, waiting)) return uplink;
    if (left === 0) throw new Error(`never: ${JSON.stringify({ uplink, lanes })}`);
    await pause(50);
  }
}

/** Resolves when every row of these topics that is to come has come: the count stays for a second. */
export async function settledRows(
  bootstrap: string,
  topics: readonly string[],
  atLeast: number,
): Promise<ReadRow[]> {
  for (let left = 120, stable = 0, last = -1; ; left--) {
    const rows = await readCommitted(bootstrap, topics);
    stable = rows.length === last && rows.length >= atLeast ? stable + 1 : 0;
    if (stable === 3) return rows;
    if (left === 0) throw new Error(`${rows.length} rows instead of ${atLeast} at least`);
    last = rows.length;
    await pause(300);
  }
}

/** Publishes readings at these seconds: `[device, seconds, value]`. */
export class Devices {
  readonly #sequences = new Map<string, number>();

  async publish(
    client: TestClient,
    readings: readonly (readonly [string, number, number])[],
  ): Promise<void> {
    for (const [device, seconds, v] of readings) {
      const seq = (this.#sequences.get(device) ?? 0) + 1;
      this.#sequences.set(device, seq);
      const ts = 1_767_225_600_000 + seconds * 1000;
      await client.publish(`readings/${device}`, JSON.stringify({ device, seq, ts, v }));
    }
  }
}
