// The demo's output on a terminal: the same names as in the JSON lines, in columns a person can read.

import type { Ready } from "../../gateway/options.ts";

type Values = Readonly<Record<string, unknown>>;

const BOLD = "\u001b[1m";
const RED = "\u001b[31m";
const GREEN = "\u001b[32m";
const DIM = "\u001b[2m";
const RESET = "\u001b[0m";

/** What is shown once the gateway accepts work. */
export function readyText(ready: Ready): string {
  const mqtt = ready.mqtt.map(({ listen }) => listen).join(", ");
  return [
    `${BOLD}headrace demo${RESET}  50 simulated pumps, one window rule, two alarms`,
    `  MQTT  ${mqtt}   topic plant/<line>/<device>/up`,
    `  page  http://${ready.http ?? ""}/`,
    `${DIM}  Ctrl-C ends it and removes its data${RESET}`,
    "",
  ].join("\n");
}

/** A JSON line of the tap as one line for a person. */
export function lineText(line: string): string {
  const { rule, row, alarm } = JSON.parse(line) as { rule?: string; row?: Values; alarm?: Values };
  if (alarm !== undefined) {
    const { alarm_id: id, state, ...rest } = alarm;
    const colour = state === "raised" ? RED : GREEN;
    return `${colour}alarm ${String(state).padEnd(9)}${RESET} ${String(id)}  ${pairs(rest)}`;
  }
  return `${DIM}row  ${RESET} ${String(rule).padEnd(9)} ${pairs(row ?? {})}`;
}

function pairs(values: Values): string {
  return Object.entries(values)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${DIM}${name}=${RESET}${text(value)}`)
    .join(" ");
}

function text(value: unknown): string {
  if (typeof value === "number") return String(Math.round(value * 1000) / 1000);
  return String(value);
}
