// Named places where a test makes the process die or a rule throw. They cost one comparison when off.
//   HEADRACE_CRASH_POINT=name[(detail)][:n]   SIGKILL at the n-th pass (default 1st) of that point
//   HEADRACE_FAULT_POINT=name(detail)[:n]     throws blame `bug` at the n-th pass, once
// The run command names an active point in a warning at start.

import { GatewayError } from "./errors.ts";

/** The closed list of crash points, in data-path order. */
export const CRASH_POINTS = [
  "engine-in-replay", // a journal entry has run again, the next has not
  "engine-after-sessions", // a session is durable, its CONNACK not yet sent
  "engine-before-decode",
  "engine-message", // detail: a text; with a payload that holds it, live and in replay
  "store-in-checkpoint",
  "store-before-commit", // everything is written but the COMMIT
  "engine-after-commit", // durable, PUBACK not yet sent
  "ingest-in-pubacks", // some links have theirs, others do not
  "uplink-before-end-txn",
  "uplink-after-end-txn", // Kafka has committed, the outbox rows are still there
] as const;
export type CrashPoint = (typeof CRASH_POINTS)[number];

export const FAULT_POINTS = ["rule-throws"] as const;
export type FaultPoint = (typeof FAULT_POINTS)[number];

const crash = parse(process.env["HEADRACE_CRASH_POINT"]);
const fault = parse(process.env["HEADRACE_FAULT_POINT"]);

/**
 * Kills the process (as a power cut would end it) if this point is the armed one and its turn has come. A point with
 * a detail passes only where `matches` it.
 */
export function crashPoint(name: CrashPoint, matches?: (detail: string) => boolean): void {
  if (crash?.name !== name) return;
  if (matches !== undefined && !matches(crash.detail)) return;
  if (--crash.passes > 0) return;
  process.kill(process.pid, "SIGKILL");
  // The signal may need a moment; nothing may run on meanwhile.
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
}

/** Throws blame `bug` if this point is the armed one (`detail`, when armed with one, must match too). */
export function faultPoint(name: FaultPoint, detail: string): void {
  if (fault?.name !== name || fault.detail !== detail || --fault.passes !== 0) return;
  throw new GatewayError("injected fault", {
    code: "ASSERTION",
    blame: "bug",
    context: { detail },
  });
}

/** The armed points, for the warning at start. */
export function armedPoints(): string[] {
  return [crash, fault].flatMap((point) => (point === undefined ? [] : [point.text]));
}

interface ArmedPoint {
  readonly text: string;
  readonly name: string;
  readonly detail: string;
  passes: number;
}

function parse(text: string | undefined): ArmedPoint | undefined {
  const parts = /^(?<name>[^(:]+)(?:\((?<detail>.*)\))?(?::(?<passes>\d+))?$/.exec(
    text ?? "",
  )?.groups;
  if (text === undefined || parts?.["name"] === undefined) return undefined;
  const { name, detail = "", passes = "1" } = parts;
  return { text, name, detail, passes: Number(passes) };
}
