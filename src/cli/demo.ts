// `headrace demo`: the whole product without any service. Writes a configuration into a temporary folder, runs it
// like any other, and lets a simulated fleet publish to it over QoS 1. Removes the folder at the end.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { startDemoFleet } from "../../firmware-sim/demo.ts";
import type { DemoFleet } from "../../firmware-sim/demo.ts";
import { systemClock } from "../core/clock.ts";
import { assert } from "../core/errors.ts";
import type { Ready } from "../gateway/options.ts";
import { demoFiles } from "./demo/files.ts";
import { lineText, readyText } from "./demo/screen.ts";
import { plan, runGateway } from "./run.ts";
import type { Planned } from "./run.ts";

export interface DemoOptions {
  /** host:port of a Kafka broker. */
  readonly kafka?: string;
}

const MQTT_PORT = 1884;
const HTTP_PORT = 8080;
const DEVICES = 50;
const EXIT_REFUSED = 2;

export async function demo({ kafka }: DemoOptions): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "headrace-demo-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);
  const files = demoFiles({
    mqtt: await freeAddress(MQTT_PORT),
    http: await freeAddress(HTTP_PORT),
    kafka,
  });
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  const planned = plan(join(folder, "gateway.yaml"));
  // All of it is our own but the address of the broker.
  if (planned === undefined) return EXIT_REFUSED;

  const onTerminal = process.stdout.isTTY;
  const show = (text: string): void => void process.stdout.write(`${text}\n`);
  let fleet: DemoFleet | undefined;
  return runGateway(planned, {
    tap: true,
    onReady(ready) {
      show(onTerminal ? readyText(ready) : JSON.stringify(ready));
      fleet = startFleet(planned, ready);
    },
    onLine: (line) => show(onTerminal ? lineText(line) : line),
    onStop: () => fleet?.stop(),
  });
}

function startFleet({ loaded }: Planned, ready: Ready): DemoFleet {
  const [profile] = loaded.profiles;
  const [host = "", port = ""] = ready.mqtt[0]?.listen?.split(":") ?? [];
  assert(profile !== undefined, "the demo has a device profile");
  return startDemoFleet({
    host,
    port: Number(port),
    devices: DEVICES,
    profile,
    excess: { on: "temperature", by: 40 },
    roughness: { on: "vibration", sigma: 3 },
    startMs: systemClock.wallMs(),
    monotonicMs: () => systemClock.monotonicMs(),
  });
}

/** 127.0.0.1 with the wanted port, or with any free one if somebody has it. */
async function freeAddress(port: number): Promise<string> {
  const probe = createServer();
  const free = await new Promise<boolean>((resolve) => {
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => resolve(true));
  });
  if (free) await new Promise((resolve) => probe.close(resolve));
  return `127.0.0.1:${free ? port : 0}`;
}
