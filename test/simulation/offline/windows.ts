// What a reader of Kafka must see: every window of every device once, in order, with what its readings give.

import { timeOf } from "../../../firmware-sim/checker/times.ts";
import type { LogRecord } from "../kafka/partition.ts";
import { EPOCH_MS } from "../virtual-time.ts";
import { deviceName, DEVICES, deviceNumber, WINDOW_MS, windowContent, windowsOf } from "./load.ts";

export interface WindowVerdict {
  readonly lost: number;
  readonly duplicated: number;
  /** With other content, out of order, or of nobody. */
  readonly wrong: number;
  /** The first of each kind. */
  readonly examples: readonly string[];
}

type Finding = "lost" | "duplicated" | "wrong";

interface WindowRow {
  readonly device: string;
  readonly window_start: string;
  readonly n: number;
  readonly total: number;
  readonly most: number;
}

/** `records`: each partition in its order; `readings`: that every device has sent. */
export function judgeWindows(records: Iterable<LogRecord>, readings: number): WindowVerdict {
  const windows = windowsOf(readings);
  const met = new Uint8Array(DEVICES * windows);
  const newest = new Int32Array(DEVICES).fill(-1);
  const found = { lost: 0, duplicated: 0, wrong: 0 };
  const examples = new Map<Finding, string>();
  const find = (finding: Finding, text: string): void => {
    found[finding]++;
    if (!examples.has(finding)) examples.set(finding, `${finding}: ${text}`);
  };
  for (const { value = "{}" } of records) {
    const row = JSON.parse(value) as WindowRow;
    const device = deviceNumber(row.device);
    const window = ((timeOf(row.window_start) ?? NaN) - EPOCH_MS) / WINDOW_MS;
    if (!Number.isInteger(window) || window < 0 || window >= windows) {
      find("wrong", value);
      continue;
    }
    const at = device * windows + window;
    if (met[at] === 1) find("duplicated", value);
    else if (window < (newest[device] as number)) find("wrong", `out of order: ${value}`);
    else if (!isSame(row, windowContent(device, window, readings))) find("wrong", value);
    met[at] = 1;
    newest[device] = Math.max(newest[device] as number, window);
  }
  for (const [at, count] of met.entries())
    if (count === 0)
      find("lost", `${deviceName(Math.floor(at / windows))}, window ${at % windows}`);
  return { ...found, examples: [...examples.values()] };
}

function isSame(row: WindowRow, content: ReturnType<typeof windowContent>): boolean {
  return row.n === content.n && row.total === content.total && row.most === content.most;
}
