// How long a process has waited for a processor that others had. On a busy machine it tells a slow program from a
// starved one.

import { readdirSync, readFileSync } from "node:fs";

/**
 * Milliseconds that the main thread of `pid`, and of its other threads the one that waited longest, were ready to run
 * and did not: what a start that goes from one to the other has lost. 0 where the kernel does not tell.
 * @see Documentation/scheduler/sched-stats.rst of Linux
 */
export function cpuWaitMs(pid: number): number {
  const waits = threadsOf(pid).map((thread) => ({ thread, ms: waitMs(pid, thread) }));
  const main = waits.find(({ thread }) => thread === pid)?.ms ?? 0;
  return main + Math.max(0, ...waits.filter(({ thread }) => thread !== pid).map(({ ms }) => ms));
}

function threadsOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return []; // another kernel, or the process has ended
  }
}

/** The second of "nanoseconds on a processor, nanoseconds waiting, times run". */
function waitMs(pid: number, thread: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8");
    return Number(text.split(" ")[1]) / 1e6;
  } catch {
    return 0; // the thread has ended
  }
}
