// What page, probes and Prometheus see of this gateway. The worker is asked when somebody looks; nobody waits long for
// a stalled disk: then its last answer is shown.

import type { GatewayConfig } from "../config/gateway.ts";
import { DELIVERIES } from "../core/delivery.ts";
import { MetricRegistry, metricSample } from "../core/metrics.ts";
import type { EngineStatus, MetricSample } from "../core/protocol.ts";
import type { Batcher } from "../ingest/batcher.ts";
import { UPLINK_STATES } from "../uplink/status.ts";
import type { KafkaUplink } from "../uplink/uplink.ts";
import { processSamples } from "../web/process-metrics.ts";
import type { GatewayStatus, Health, ReadinessDetails, StatusSource } from "../web/status.ts";
import type { FlashBudget } from "./flash-budget.ts";
import type { HomeAssistant } from "./home-assistant.ts";
import type { Source } from "./sources.ts";
import type { Supervisor } from "./supervisor.ts";
import type { WallClock } from "./wall-clock.ts";

export interface StatusParts {
  readonly config: GatewayConfig;
  readonly version: string;
  readonly clock: WallClock;
  readonly supervisor: Supervisor;
  readonly batcher: Batcher;
  readonly flash: FlashBudget;
  readonly homeAssistant: HomeAssistant;
  sources(): readonly Source[];
  uplink(): KafkaUplink | undefined;
}

/** How long a scrape or the page waits for the worker before it shows what it said last. */
const WAIT_MS = 1000;

export class GatewayStatusSource implements StatusSource {
  readonly #parts: StatusParts;
  readonly #registry = new MetricRegistry();
  readonly #startedAtMs: number;
  #engine: EngineStatus | undefined;
  #askedAtMs: number | undefined;
  #asking: Promise<void> | undefined;

  constructor(parts: StatusParts) {
    this.#parts = parts;
    this.#startedAtMs = parts.clock.wallMs();
  }

  health(): Health {
    const { clock, supervisor } = this.#parts;
    void this.#ask();
    const askedAtMs = this.#askedAtMs;
    return {
      workerRunning: supervisor.running,
      workerSilentMs: askedAtMs === undefined ? 0 : clock.monotonicMs() - askedAtMs,
    };
  }

  async readiness(): Promise<ReadinessDetails> {
    await this.#refresh();
    const { config, supervisor } = this.#parts;
    const uplink = this.#parts.uplink();
    const sources = this.#parts.sources();
    return {
      recovered: supervisor.running,
      listeners: sources
        .filter(({ kind }) => kind === "listener")
        .map(({ name, up }) => ({ name, listening: up })),
      mqttClients: sources
        .filter(({ kind }) => kind === "client")
        .map(({ name, up }) => ({ name, connected: up })),
      kafka: config.kafka && {
        connected: uplink?.status.connected ?? false,
        problem: problemOf(uplink),
      },
      suspendedRules: (this.#engine?.rules ?? [])
        .filter(({ suspended }) => suspended !== undefined)
        .map(({ name }) => name),
      blocked: this.#engine?.blocked,
      clockProblem: this.#parts.clock.problem,
    };
  }

  async metrics(): Promise<string> {
    await this.#refresh();
    this.#registry.setAll(this.#mainSamples());
    this.#registry.setAll(this.#engine?.metrics ?? []);
    return this.#registry.render();
  }

  async status(): Promise<GatewayStatus> {
    await this.#refresh();
    const { config, clock, version, flash } = this.#parts;
    const engine = this.#engine;
    const uplink = this.#parts.uplink();
    return {
      gateway: {
        id: config.gateway.id,
        version,
        startedAtMs: this.#startedAtMs,
        nowMs: clock.wallMs(),
        memoryBytes: process.memoryUsage.rss(),
      },
      path: this.#path(),
      sources: this.#parts.sources().map((source) => ({
        name: source.name,
        kind: source.kind,
        address: source.ready.listen ?? source.ready.url ?? "",
        up: source.up,
        connections: source.stats.connections,
        received: source.stats.receivedQos0 + source.stats.receivedQos1,
        acknowledged: source.stats.acknowledged,
        problem: source.problem,
      })),
      rules: engine?.rules ?? [],
      lanes: engine?.lanes ?? [],
      store: {
        journalBytes: this.#sum("headrace_journal_bytes"),
        batches: this.#sum("headrace_batches_total"),
        flashBytes: this.#sum("headrace_flash_bytes_total"),
        flashOverBudget: flash.overBudget,
      },
      uplink: config.kafka && {
        brokers: config.kafka.brokers.join(", "),
        state: uplink?.status.state ?? "connecting",
        connected: uplink?.status.connected ?? false,
        delivery: uplink?.status.delivery,
        rollback: this.#rollback(),
        drainSeconds: uplink?.drainSeconds,
        transactions: uplink?.stats.transactions ?? 0,
        rows: uplink?.stats.rows ?? 0,
        errors: uplink?.stats.failures ?? 0,
        problem: problemOf(uplink),
      },
      recentAlarms: engine?.recentAlarms ?? [],
      recentRows: engine?.recentRows ?? [],
      blocked: engine?.blocked,
      clockProblem: clock.problem,
    };
  }

  #rollback(): NonNullable<GatewayStatus["uplink"]>["rollback"] {
    const rollback = this.#parts.uplink()?.status.rollback;
    if (rollback === undefined || rollback.isOver) return undefined;
    const { sinceMs, lost } = rollback;
    return { sinceMs, lost, withheld: this.#sum("headrace_rollback_rows_total") };
  }

  #path(): GatewayStatus["path"] {
    const sources = this.#parts.sources();
    return {
      received: sources.reduce((n, { stats }) => n + stats.receivedQos0 + stats.receivedQos1, 0),
      journaled: this.#parts.batcher.stats.messages,
      acknowledged: sources.reduce((n, { stats }) => n + stats.acknowledged, 0),
      decoded: this.#sum("headrace_decoded_rows_total"),
      deadLetters: this.#sum("headrace_dead_letter_total"),
      duplicates: this.#sum("headrace_duplicates_total"),
      late: this.#sum("headrace_late_rows_total"),
      emitted: this.#sum("headrace_emitted_rows_total"),
      outboxRows: this.#sum("headrace_outbox_rows"),
      delivered: this.#parts.uplink()?.stats.rows ?? 0,
    };
  }

  /** Over all series of a family, as the worker said last. */
  #sum(name: string): number {
    const samples = this.#engine?.metrics ?? [];
    return samples.reduce((total, each) => (each.name === name ? total + each.value : total), 0);
  }

  #mainSamples(): MetricSample[] {
    const { version, clock, flash, homeAssistant } = this.#parts;
    const samples = [
      ...processSamples(),
      metricSample("headrace_build_info", 1, { version }),
      metricSample("headrace_clock_untrusted", clock.problem === undefined ? 0 : 1),
      metricSample("headrace_flash_over_budget", flash.overBudget ? 1 : 0),
      ...homeAssistant.samples,
    ];
    for (const { name: source, stats } of this.#parts.sources()) {
      samples.push(
        metricSample("headrace_connections", stats.connections, { source }),
        metricSample("headrace_received_messages_total", stats.receivedQos0, { source, qos: "0" }),
        metricSample("headrace_received_messages_total", stats.receivedQos1, { source, qos: "1" }),
        metricSample("headrace_acknowledged_messages_total", stats.acknowledged, { source }),
      );
    }
    const uplink = this.#parts.uplink();
    samples.push(metricSample("headrace_uplink_drain_seconds", uplink?.drainSeconds ?? NaN));
    if (uplink === undefined) return samples;
    samples.push(...uplinkSamples(uplink));
    return samples;
  }

  async #refresh(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, WAIT_MS)));
    await Promise.race([this.#ask(), late]);
    clearTimeout(timer);
  }

  /** One open question at a time; whoever asks meanwhile waits for the same answer. */
  #ask(): Promise<void> {
    const { clock, supervisor } = this.#parts;
    if (!supervisor.running) return Promise.resolve();
    this.#asking ??= (async () => {
      this.#askedAtMs = clock.monotonicMs();
      this.#engine = (await supervisor.worker.status()) ?? this.#engine;
      this.#askedAtMs = undefined;
      this.#asking = undefined;
    })();
    return this.#asking;
  }
}

function uplinkSamples({ status, stats }: KafkaUplink): MetricSample[] {
  const { rollback, connected } = status;
  const one = (is: boolean): number => (is ? 1 : 0);
  return [
    metricSample("headrace_uplink_connected", one(connected)),
    ...UPLINK_STATES.map((state) =>
      metricSample("headrace_uplink_state", one(state === status.state), { state }),
    ),
    ...DELIVERIES.map((delivery) =>
      metricSample("headrace_uplink_delivery", one(delivery === status.delivery), { delivery }),
    ),
    metricSample("headrace_uplink_transactions_total", stats.transactions),
    metricSample("headrace_uplink_rows_total", stats.rows),
    metricSample("headrace_uplink_errors_total", stats.failures),
    metricSample("headrace_uplink_reopens_total", Math.max(0, stats.sessions - 1)),
    ...Object.entries(stats.audit).map(([event, count]) =>
      metricSample("headrace_uplink_audit_total", count, { event }),
    ),
    ...(rollback?.lost ?? []).map(({ lane, fromSequence, toSequence }) => {
      const rows = rollback?.isOver === true ? 0 : toSequence - fromSequence + 1;
      return metricSample("headrace_rollback_lost_rows", rows, { lane });
    }),
  ];
}

function problemOf(uplink: KafkaUplink | undefined): string | undefined {
  if (uplink === undefined) return undefined;
  const { lastError, missingTopics } = uplink.status;
  if (missingTopics.length > 0) return `missing topics: ${missingTopics.join(", ")}`;
  return lastError;
}
