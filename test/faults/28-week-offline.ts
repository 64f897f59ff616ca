// Fault 28: Kafka is away for a week while a thousand messages come in a second. On virtual time, in a process of its own,
// with the gateway's own engine, store and uplink and a simulated Kafka (test/simulation/offline). A run is an hour; a week
// is 168 of them: `--injections 168`, once, outside CI.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";

import type { SiteVerdict } from "../simulation/offline/site.ts";
import type { Fault, FaultContext, Outcome } from "./fault.ts";
import { READY_MS } from "./outcome.ts";

const HOURS = 1;
const WEEK_HOURS = 168;
/** How the child begins the lines that it writes once a day. */
const DAY = /^day \d+ of/;
const PROGRAM = new URL("../simulation/offline/offline-child.ts", import.meta.url).pathname;

export const weekOffline: Fault = {
  number: 28,
  title: "a week offline at rated load",
  injects:
    "Kafka is away for an hour, once for a week, of virtual time, at 1,000 messages/s from 100 devices whose windows of a minute go to the result lane; " +
    "quotas are the default ones times the outage's share of a week; the gateway is killed at the end of it",
  expects:
    "each message is acknowledged within 2 s, journal and lane keep their quotas, memory does not grow, ready again in 5 s; then all leaves in order " +
    "over a slow link while messages go on, and the time that it says it will take is honest within a factor of two; nothing lost, nothing twice, " +
    "every window right",
  needs: [],
  mostInjections: WEEK_HOURS,
  run: async ({
    seed,
    injections: hours = HOURS,
    log,
    progress,
  }: FaultContext): Promise<Outcome> => {
    const words = [PROGRAM, "--hours", String(hours), "--seed", String(seed)];
    const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "pipe"] });
    const exit = once(child, "exit");
    const said: string[] = [];
    createInterface({ input: child.stderr }).on("line", (line) => {
      said.push(line);
      const tell = DAY.test(line) ? progress : log;
      tell(line);
    });
    const verdict = await text(child.stdout);
    const [code] = (await exit) as [number | null];
    if (code !== 0) throw new Error(`it ended with ${code}\n${said.slice(-20).join("\n")}`);
    const { slowestReadyMs, problems, ...outcome } = JSON.parse(verdict) as SiteVerdict;
    const slow = slowestReadyMs > READY_MS ? [`ready only after ${slowestReadyMs} ms`] : [];
    return {
      ...outcome,
      injected: { hour: hours },
      slowestReadyMs,
      problems: [...problems, ...slow],
    };
  },
};
