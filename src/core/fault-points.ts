// Named places where a test makes the process die or a rule throw. They cost one comparison when off.
//   HEADRACE_CRASH_POINT=name[:n]   SIGKILL at the n-th pass (default 1st) of that point
//   HEADRACE_FAULT_POINT=name[:n]   throws blame `bug` at the n-th pass
// The run command names an active point in a warning at start.

import { GatewayError } from "./errors.ts";

/** The closed list of crash points, in data-path order. */
export const CRASH_POINTS = [
  "engine-before-decode",
  "engine-after-commit", // durable, PUBACK not yet sent
  "uplink-before-end-txn",
  "uplink-after-end-txn", // Kafka has committed, the outbox rows are still there
  "store-in-checkpoint",
] as const;
export type CrashPoint = (typeof CRASH_POINTS)[number];

export const FAULT_POINTS = ["rule-throws"] as const;
export type FaultPoint = (typeof FAULT_POINTS)[number];

const crash = parse(process.env["HEADRACE_CRASH_POINT"]);
const fault = parse(process.env["HEADRACE_FAULT_POINT"]);

/** Kills the process (as a power cut would end it) if this point is the armed one and its turn has come. */
export function crashPoint(name: CrashPoint): void {
  if (crash?.name !== name || --crash.passes > 0) return;
  process.kill(process.pid, "SIGKILL");
  // The signal may need a moment; nothing may run on meanwhile.
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
}

/** Throws blame `bug` if this point is the armed one (`detail`, when armed with one, must match too). */
export function faultPoint(name: FaultPoint, detail: string): void {
  if (fault === undefined || fault.name !== `${name}(${detail})` || --fault.passes > 0) return;
  throw new GatewayError("injected fault", {
    code: "ASSERTION",
    blame: "bug",
    context: { detail },
  });
}

/** The armed points, for the warning at start. */
export function armedPoints(): string[] {
  return [crash?.name, fault?.name].filter((name) => name !== undefined);
}

function parse(text: string | undefined): { name: string; passes: number } | undefined {
  if (text === undefined || text === "") return undefined;
  const [name = "", passes = "1"] = text.split(":");
  return { name, passes: Number(passes) };
}
