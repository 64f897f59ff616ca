// The measured cases and the bounds of acceptance. Each case gives named figures, one per round; the median counts.

import { setTimeout as pause } from "node:timers/promises";
import { BenchGateway } from "./bench-gateway.ts";
import { busiestThreadSeconds, usageOf } from "../kit/process-usage.ts";
import { startFloorServer } from "./floor.ts";
import { type LoadRate, runLoad } from "./load.ts";
import type { Bound, Figures } from "./report.ts";

export interface CaseOptions {
  readonly rounds: number;
  /** Length of a round of load, and of the idle and flash measurements. */
  readonly seconds: number;
  readonly kafka: string | undefined;
}

export interface BenchCase {
  readonly name: string;
  readonly bounds: Readonly<Record<string, Bound>>;
  run(options: CaseOptions): Promise<Figures>;
}

const SECONDS_PER_DAY = 86_400;
const WARM_UP_SECONDS = 3;

export const CASES: readonly BenchCase[] = [
  {
    name: "full-100",
    bounds: {
      cpu_us_per_message: { max: 5 },
      capacity_per_second: { min: 250_000 },
      peak_mib: { max: 210 },
    },
    run: async (options) => await loaded(options, { connections: 8, keys: 100, rate: 0 }),
  },
  {
    name: "full-10000",
    bounds: {
      cpu_us_per_message: { max: 5 },
      capacity_per_second: { min: 250_000 },
      peak_mib: { max: 210 },
    },
    run: async (options) => await loaded(options, { connections: 8, keys: 10_000, rate: 0 }),
  },
  { name: "floor", bounds: {}, run: floor },
  {
    name: "steady-100",
    bounds: { cpu_us_per_message: { max: 10 }, peak_mib: { max: 210 } },
    run: async (options) => await loaded(options, { connections: 8, keys: 100, rate: 10_000 }),
  },
  {
    name: "steady-10000",
    bounds: { cpu_us_per_message: { max: 10 }, peak_mib: { max: 210 } },
    run: async (options) => await loaded(options, { connections: 8, keys: 10_000, rate: 10_000 }),
  },
  {
    name: "backtest",
    bounds: { steady_rate_ratio: { min: 0.98 }, full_capacity_ratio: { min: 0.85 } },
    run: backtested,
  },
  {
    name: "idle",
    bounds: { cpu_percent: { max: 0.5 }, rss_mib: { max: 125 } },
    run: idle,
  },
  { name: "flash-1", bounds: {}, run: async (options) => await flash(options, 1) },
  { name: "flash-50", bounds: {}, run: async (options) => await flash(options, 50) },
  {
    name: "flash-5000",
    bounds: { flash_bytes_per_message: { max: 120 } },
    run: async (options) => await flash(options, 5_000),
  },
];

/**
 * Load in rounds on one warm gateway: first as fast as it goes, since at a steady rate V8 compiles for minutes, and a
 * gateway runs for months.
 */
async function loaded(
  { rounds, seconds, kafka }: CaseOptions,
  load: Omit<LoadRate, "seconds">,
): Promise<Figures> {
  const gateway = await BenchGateway.start({ kafka, linger: undefined });
  try {
    await gateway.load({ ...load, rate: 0, seconds: Math.min(seconds, WARM_UP_SECONDS) });
    const figures = {
      cpu_us_per_message: [] as number[],
      busiest_thread_us_per_message: [] as number[],
      capacity_per_second: [] as number[],
      observed_per_second: [] as number[],
      latency_p50_ms: [] as number[],
      latency_p99_ms: [] as number[],
      peak_mib: [] as number[],
    };
    for (let round = 0; round < rounds; round++) {
      const before = usageOf(gateway.pid);
      const result = await gateway.load({ ...load, seconds });
      const after = usageOf(gateway.pid);
      const busiestUs = (busiestThreadSeconds(before, after) * 1e6) / result.acknowledged;
      figures.cpu_us_per_message.push(
        ((after.cpuSeconds - before.cpuSeconds) * 1e6) / result.acknowledged,
      );
      figures.busiest_thread_us_per_message.push(busiestUs);
      figures.capacity_per_second.push(1e6 / busiestUs);
      figures.observed_per_second.push(result.rate);
      figures.latency_p50_ms.push(result.latencyMs.p50);
      figures.latency_p99_ms.push(result.latencyMs.p99);
      figures.peak_mib.push(after.peakMiB);
    }
    return figures;
  } finally {
    await gateway.stop();
  }
}

/** What this machine takes for the sockets of a steady case alone. */
async function floor({ rounds, seconds }: CaseOptions): Promise<Figures> {
  const server = await startFloorServer();
  try {
    const load = { connections: 8, keys: 100, rate: 10_000, port: server.port, first: 1 };
    await runLoad({ ...load, seconds: Math.min(seconds, WARM_UP_SECONDS) });
    const figures = { cpu_us_per_message: [] as number[] };
    for (let round = 0; round < rounds; round++) {
      const before = usageOf(server.pid);
      const { acknowledged } = await runLoad({ ...load, seconds });
      const usedSeconds = usageOf(server.pid).cpuSeconds - before.cpuSeconds;
      figures.cpu_us_per_message.push((usedSeconds * 1e6) / acknowledged);
    }
    return figures;
  } finally {
    await server.stop();
  }
}

/**
 * Load with backtests beside it against the same without. What a saturated gateway could do is told by its busiest
 * thread: the rate itself also tells how many cores the two share.
 */
async function backtested({ rounds, seconds, kafka }: CaseOptions): Promise<Figures> {
  const gateway = await BenchGateway.start({ kafka, linger: undefined });
  try {
    const figures = {
      steady_rate_ratio: [] as number[],
      full_capacity_ratio: [] as number[],
      full_rate_ratio: [] as number[],
      backtested_per_second: [] as number[],
    };
    const steady = { connections: 8, keys: 100, seconds, rate: 10_000 };
    const full = { ...steady, rate: 0 };
    await gateway.load({ ...full, seconds: Math.min(seconds, WARM_UP_SECONDS) });
    for (let round = 0; round < rounds; round++) {
      const [steadyAlone, fullAlone] = [
        await measured(gateway, steady),
        await measured(gateway, full),
      ];
      const sinceMs = performance.now();
      const end = gateway.backtests();
      const [steadyBeside, fullBeside] = [
        await measured(gateway, steady),
        await measured(gateway, full),
      ];
      const messages = await end();
      figures.steady_rate_ratio.push(steadyBeside.rate / steadyAlone.rate);
      figures.full_capacity_ratio.push(fullAlone.busiestUs / fullBeside.busiestUs);
      figures.full_rate_ratio.push(fullBeside.rate / fullAlone.rate);
      figures.backtested_per_second.push((messages * 1000) / (performance.now() - sinceMs));
    }
    return figures;
  } finally {
    await gateway.stop();
  }
}

/** Acknowledged per second, and the busiest thread's CPU for a message. */
async function measured(
  gateway: BenchGateway,
  load: LoadRate,
): Promise<{ readonly rate: number; readonly busiestUs: number }> {
  const before = usageOf(gateway.pid);
  const { rate, acknowledged } = await gateway.load(load);
  const busiestSeconds = busiestThreadSeconds(before, usageOf(gateway.pid));
  return { rate, busiestUs: (busiestSeconds * 1e6) / acknowledged };
}

/** A hundred silent devices, and Kafka connected if there is one. */
async function idle({ rounds, seconds, kafka }: CaseOptions): Promise<Figures> {
  const gateway = await BenchGateway.start({ kafka, linger: undefined });
  try {
    const disconnect = await gateway.silent(100);
    await pause(WARM_UP_SECONDS * 1000);
    const figures = { cpu_percent: [] as number[], rss_mib: [] as number[] };
    for (let round = 0; round < rounds; round++) {
      const before = usageOf(gateway.pid);
      const sinceMs = performance.now();
      // CPU time comes in ticks of 10 ms: half a percent needs a longer look than load does.
      await pause(2 * seconds * 1000);
      const after = usageOf(gateway.pid);
      const share = (after.cpuSeconds - before.cpuSeconds) / ((performance.now() - sinceMs) / 1000);
      figures.cpu_percent.push(100 * share);
      figures.rss_mib.push(after.rssMiB);
    }
    await disconnect();
    return figures;
  } finally {
    await gateway.stop();
  }
}

/** Bytes written to the card: as the gateway counts them, and as the kernel does. */
async function flash({ rounds, seconds, kafka }: CaseOptions, rate: number): Promise<Figures> {
  const gateway = await BenchGateway.start({ kafka, linger: "100ms" });
  try {
    const family = "headrace_flash_bytes_total";
    const figures = {
      flash_bytes_per_message: [] as number[],
      kernel_bytes_per_message: [] as number[],
      flash_gb_per_day: [] as number[],
    };
    await gateway.load({ connections: 8, keys: 100, rate, seconds: WARM_UP_SECONDS });
    for (let round = 0; round < rounds; round++) {
      const [before, usedBefore] = [await gateway.metrics(), usageOf(gateway.pid)];
      // At one message a second a round must be long enough to hold some.
      const result = await gateway.load({
        connections: 8,
        keys: 100,
        rate,
        seconds: rate < 10 ? 2 * seconds : seconds,
      });
      const [after, usedAfter] = [await gateway.metrics(), usageOf(gateway.pid)];
      const bytes = after.sum(family) - before.sum(family);
      const written = usedAfter.writtenBytes - usedBefore.writtenBytes;
      figures.flash_bytes_per_message.push(bytes / result.acknowledged);
      figures.kernel_bytes_per_message.push(written / result.acknowledged);
      figures.flash_gb_per_day.push(((bytes / result.acknowledged) * rate * SECONDS_PER_DAY) / 1e9);
    }
    return figures;
  } finally {
    await gateway.stop();
  }
}
