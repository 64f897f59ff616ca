// A StatusSource with fixed numbers and hostile texts, for the tests of the page.

import type {
  GatewayStatus,
  Health,
  ReadinessDetails,
  StatusSource,
} from "../../src/web/status.ts";

/** A gateway in the middle of its work at 2026-11-23T12:00:00Z. */
export function sampleStatus(): GatewayStatus {
  const nowMs = Date.UTC(2026, 10, 23, 12, 0, 0);
  const alarm = (fields: object): string => JSON.stringify({ alarm: fields });
  const row = (rule: string, fields: object): string => JSON.stringify({ rule, row: fields });
  return {
    gateway: {
      id: "plant-7",
      version: "0.1.0",
      startedAtMs: nowMs - 93_784_000,
      nowMs,
      memoryBytes: 98 * 1024 * 1024,
    },
    path: {
      received: 1_204_512,
      journaled: 1_204_512,
      acknowledged: 1_204_000,
      decoded: 1_203_900,
      deadLetters: 12,
      duplicates: 600,
      late: 48,
      emitted: 24_310,
      outboxRows: 37,
      delivered: 24_273,
    },
    sources: [
      {
        name: "direct",
        kind: "listener",
        address: "127.0.0.1:1884",
        up: true,
        connections: 50,
        received: 1_104_512,
        acknowledged: 1_104_000,
        problem: undefined,
      },
      {
        name: "site-broker",
        kind: "client",
        address: "mqtt://10.0.0.4:1883",
        up: false,
        connections: 0,
        received: 100_000,
        acknowledged: 100_000,
        problem: "connection refused",
      },
    ],
    rules: [
      {
        name: "pump_temperature_5s",
        watermarkMs: nowMs - 2300,
        rowsIn: 1_203_900,
        rowsOut: 24_310,
        late: 48,
        errors: 0,
        suspended: undefined,
      },
      {
        name: "vibration_norm",
        watermarkMs: nowMs - 2300,
        rowsIn: 540_000,
        rowsOut: 1200,
        late: 0,
        errors: 1,
        suspended: "assertion failed: pane order <script>alert(1)</script>",
      },
    ],
    lanes: [
      { lane: "alarm", rows: 0, bytes: 0, lastSequence: 14 },
      { lane: "result", rows: 37, bytes: 9812, lastSequence: 24_310 },
    ],
    store: {
      journalBytes: 48_234_496,
      batches: 60_212,
      flashBytes: 1_834_000_000,
      flashOverBudget: false,
    },
    uplink: {
      state: "forwarding",
      delivery: "exactly-once",
      rollback: undefined,
      drainSeconds: undefined,
      brokers: "kafka-1:9092",
      connected: true,
      transactions: 8123,
      rows: 24_273,
      errors: 2,
      problem: undefined,
    },
    recentAlarms: [
      alarm({
        alarm_id: "pump_overtemperature/pump-03/1",
        rule: "pump_overtemperature",
        series: "pump-03",
        state: "raised",
        severity: "critical",
        value: 91.3247,
        event_time: "2026-11-23 11:58:05.000",
        message: "Bearing temperature above 90 °C",
      }),
      alarm({
        rule: "vibration_spread",
        series: "pump-11",
        state: "raised",
        severity: "high",
        value: 4.2,
        event_time: "2026-11-23 11:58:40.000",
      }),
      alarm({
        rule: "pump_overtemperature",
        series: "pump-03",
        state: "returned",
        severity: "critical",
        value: 84.1,
        event_time: "2026-11-23 11:59:10.000",
      }),
    ],
    recentRows: [3, 11, 17, 24].map((pump) =>
      row("pump_temperature_5s", {
        window_start: "2026-11-23 11:59:50.000",
        window_end: "2026-11-23 11:59:55.000",
        device: `pump-${pump}<img src=x>`,
        n: 5,
        avg_temperature: 61.2345678,
        max_temperature: 63.5,
      }),
    ),
    blocked: undefined,
    clockProblem: undefined,
  };
}

/** A source that answers from its public fields; change them between requests. */
export class FakeSource implements StatusSource {
  current: GatewayStatus = sampleStatus();
  alive: Health = { workerRunning: true, workerSilentMs: 0 };
  details: ReadinessDetails = {
    recovered: true,
    listeners: [{ name: "direct", listening: true }],
    mqttClients: [{ name: "site-broker", connected: false }],
    kafka: { connected: false, problem: "connection refused" },
    suspendedRules: ["vibration_norm"],
    blocked: undefined,
    clockProblem: undefined,
  };

  status(): GatewayStatus {
    return this.current;
  }

  metrics(): string {
    return "# HELP headrace_batches_total Batches.\n# TYPE headrace_batches_total counter\nheadrace_batches_total 0\n";
  }

  health(): Health {
    return this.alive;
  }

  readiness(): ReadinessDetails {
    return this.details;
  }
}
