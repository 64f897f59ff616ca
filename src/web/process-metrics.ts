// The process_* metric families that every Prometheus dashboard knows.

import { metricSample } from "../core/metrics.ts";
import type { MetricSample } from "../core/protocol.ts";

/** Memory, CPU time and start of this process, all threads together. */
export function processSamples(): MetricSample[] {
  const cpu = process.cpuUsage();
  return [
    metricSample("process_resident_memory_bytes", process.memoryUsage.rss()),
    metricSample("process_cpu_seconds_total", (cpu.user + cpu.system) / 1e6),
    metricSample("process_start_time_seconds", performance.timeOrigin / 1000),
  ];
}
