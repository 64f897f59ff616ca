// What a process has used so far, from /proc: CPU of the whole and of its busiest thread, memory, bytes written to the
// storage layer. Linux only. @see proc(5): /proc/pid/stat fields 14 and 15, in clock ticks of 10 ms

import { readdirSync, readFileSync } from "node:fs";

const TICKS_PER_SECOND = 100;

export interface Usage {
  /** User and system CPU seconds of all threads. */
  readonly cpuSeconds: number;
  /** The same by thread id. */
  readonly threads: ReadonlyMap<string, number>;
  readonly rssMiB: number;
  /** The highest resident size so far. */
  readonly peakMiB: number;
  /** Bytes sent to the storage layer; dirtied pages that were overwritten in time are not in it. */
  readonly writtenBytes: number;
}

/** Reads the usage of a live process. Threads that end meanwhile are left out. */
export function usageOf(pid: number): Usage {
  const threads = new Map<string, number>();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const stat = read(`/proc/${pid}/task/${thread}/stat`);
    if (stat !== "") threads.set(thread, cpuSeconds(stat));
  }
  const status = read(`/proc/${pid}/status`);
  return {
    cpuSeconds: cpuSeconds(read(`/proc/${pid}/stat`)),
    threads,
    rssMiB: field(status, "VmRSS") / 1024,
    peakMiB: field(status, "VmHWM") / 1024,
    writtenBytes: field(read(`/proc/${pid}/io`), "write_bytes"),
  };
}

/** CPU seconds that the busiest thread has used between two readings. */
export function busiestThreadSeconds(before: Usage, after: Usage): number {
  const used = Array.from(
    after.threads,
    ([thread, seconds]) => seconds - (before.threads.get(thread) ?? 0),
  );
  return Math.max(...used);
}

function cpuSeconds(stat: string): number {
  // The command may contain blanks; the fields count from after its closing parenthesis, where field 3 begins.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function field(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? NaN);
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // the thread has ended since it was listed
  }
}
