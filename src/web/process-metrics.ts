// The process_* metric families that every Prometheus dashboard knows.

import type { MetricSample } from "../core/protocol.ts";

/** Memory, CPU time and start of this process, all threads together. */
export function processSamples(): MetricSample[] {
  const cpu = process.cpuUsage();
  return [
    sample("process_resident_memory_bytes", process.memoryUsage.rss()),
    sample("process_cpu_seconds_total", (cpu.user + cpu.system) / 1e6),
    sample("process_start_time_seconds", performance.timeOrigin / 1000),
  ];
}

function sample(name: string, value: number): MetricSample {
  return { name, labels: {}, value };
}
