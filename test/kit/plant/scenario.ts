// What a simulated plant does and what must come of it: one or two fleets, a table and some rules for each, in both of
// their forms: SQL (sql.ts) for the gateway, plain data for the checker. The conditions that make the expected rows
// independent of interleaving, D being the watermark's delay:
//   skew between devices + a device's own disorder < D / 2; window size ≤ 5 D;
//   late rows (1 %, labelled) begin after 20 D and are late by 10 to 15 D;
//   every device's last event closes every window. The values are small integers, so that sums are exact.

import type { Profile } from "../../../src/config/profile.ts";
import type {
  AlarmRule,
  CheckedTable,
  Rule,
  RowRule,
  WindowRule,
} from "../../../firmware-sim/checker/scenario.ts";
import { compileDevice } from "../../../firmware-sim/device/compile.ts";
import { deviceEncoder } from "../../../firmware-sim/device/encoder.ts";
import type { Fact } from "../../../firmware-sim/device/device.ts";
import { type Behaviour, CALM } from "../../../firmware-sim/device/plan.ts";
import type { FleetDevice } from "../../../firmware-sim/transport/mqtt-fleet.ts";
import { TruthLog, type TruthRecord } from "../../../firmware-sim/truth.ts";
import { profileFixture, resource } from "../../firmware-sim/profile-fixture.ts";

/** Both tables have the same shape; what differs is how their devices reach the gateway. */
export const SIDES = ["direct", "broker"] as const;
export type Side = (typeof SIDES)[number];

export interface ScenarioOptions {
  readonly sides: readonly Side[];
  /** Per side. */
  readonly devices: number;
  /** Facts per device, one every `periodMs` of virtual time. */
  readonly samples: number;
  readonly periodMs: number;
  /** The watermark's delay, whole seconds; all other times are shares of it. */
  readonly delayMs: number;
  /** `calm`: devices only measure and send. `rough`: re-sends, disorder and late facts as well. */
  readonly weather: "calm" | "rough";
  /** A rule that lets every message through, besides those with windows. */
  readonly everyRow: boolean;
  /** In front of every Kafka topic. */
  readonly topicPrefix: string;
}

/** Of the rows that may be late, so that 1 % of all rows are. */
const LATE_SHARE = 0.017;
const LINES = 10;
const START_MS = Date.UTC(2026, 0, 1);
const RESOURCES = [
  resource("temperature", { valueType: "Int32" }),
  resource("vibration", { valueType: "Int32" }),
];

export class Scenario {
  readonly options: ScenarioOptions;
  /** How far devices may run ahead of the slowest acknowledged one. */
  readonly skewMs: number;
  /** Virtual time of the last regular sample. */
  readonly endMs: number;

  constructor(options: ScenarioOptions) {
    this.options = options;
    this.skewMs = 0.3 * options.delayMs;
    this.endMs = START_MS + options.samples * options.periodMs;
  }

  get alarmTopic(): string {
    return `${this.options.topicPrefix}headrace.alarms`;
  }

  get progressTopic(): string {
    return `${this.options.topicPrefix}headrace.progress`;
  }

  /** Data topics, for making them and reading them back. */
  get topics(): string[] {
    const { sides } = this.options;
    const rules = sides.flatMap((side) => this.rules(side).map(({ topic }) => topic));
    return [...new Set(rules)];
  }

  onDelayMs(side: Side): number {
    return side === "direct" ? 0.4 * this.options.delayMs : 0;
  }

  /** The devices of one side. */
  devices(side: Side): FleetDevice[] {
    return Array.from({ length: this.options.devices }, (_, device) => this.#device(side, device));
  }

  /** A truth log whose columns are those of the SQL table. */
  newTruth(side: Side): TruthLog {
    return new TruthLog({
      deviceName: (device) => deviceName(side, device),
      valuesOf: ({ device, values }: Fact) => ({
        line: lineName(device),
        temperature: values[0] ?? null,
        vibration: values[1] ?? null,
      }),
    });
  }

  /** What the checker is told about one side. */
  table(side: Side, truth: readonly TruthRecord[]): CheckedTable {
    return {
      name: `${side}_telemetry`,
      delayMs: this.options.delayMs,
      skewMs: this.skewMs,
      truth,
      rules: this.rules(side),
    };
  }

  rules(side: Side): Rule[] {
    const { delayMs, everyRow } = this.options;
    const named = (name: string): { rule: string; topic: string } => ({
      rule: `${side}_${name}`,
      topic: `${this.options.topicPrefix}${side}_${name}`,
    });
    const hot = { ...named("hot"), topic: this.alarmTopic };
    const windows = [byDevice(named("by_device"), delayMs), byLine(named("by_line"), delayMs)];
    const rows = everyRow ? [everyFact(named("rows"))] : [];
    return [...windows, whenHot(hot, this.onDelayMs(side)), ...rows];
  }

  /** A topic that the side's table subscribes to, of a device that does not exist. */
  subscribedTopic(side: Side): string {
    return `${side}/no-line/no-device/telemetry`;
  }

  #device(side: Side, device: number): FleetDevice {
    const { delayMs, samples } = this.options;
    const name = deviceName(side, device);
    const profile = this.#profile(side, device);
    const plan = compileDevice(profile, {
      startMs: START_MS,
      samples,
      flushAfterMs: 10 * delayMs,
      // Every device is too hot for an eighth of the time, each at its own.
      faultsEveryMs: 12 * delayMs,
      behaviour: this.#behaviour(),
    });
    const captures = { line: lineName(device), device: name };
    return { name, plan, encoder: deviceEncoder(profile, plan, captures) };
  }

  #behaviour(): Behaviour {
    const { delayMs, samples, weather } = this.options;
    if (weather === "calm") return { ...CALM, bufferFacts: samples };
    return {
      resend: { share: 0.1, withinMs: 0.2 * delayMs, dupShare: 0.5 },
      disorder: { share: 0.2, byMs: Math.round(0.14 * delayMs) },
      late: { share: LATE_SHARE, afterMs: 20 * delayMs, byMs: 10 * delayMs },
      outage: { everyMs: 0, forMs: 0 },
      bufferFacts: samples,
    };
  }

  #profile(side: Side, device: number): Profile {
    const { delayMs, periodMs } = this.options;
    const fixture = profileFixture({
      resources: RESOURCES,
      simulate: {
        everyMs: periodMs,
        // 60 ± at most 11 when well, above 90 when too hot: never between the limits.
        signals: {
          temperature: { kind: "noise", base: 60, noise: 3 },
          vibration: { kind: "noise", base: 200, noise: 20 },
        },
        faults: [
          {
            label: "hot",
            on: "temperature",
            atMs: Math.round(delayMs * (1.4 + ((device * 1.5838) % 10))),
            forMs: 1.6 * delayMs,
            effect: { kind: "offset", by: 45 },
          },
        ],
        constants: { "/device": "{device}", "/line": "{line}" },
      },
    });
    return { ...fixture, topic: `${side}/{line}/{device}/telemetry` };
  }
}

function deviceName(side: Side, device: number): string {
  return `${side}-${String(device).padStart(3, "0")}`;
}

function lineName(device: number): string {
  return `line-${device % LINES}`;
}

type Named = Pick<Rule, "rule" | "topic">;

function byDevice(named: Named, delayMs: number): WindowRule {
  return {
    kind: "window",
    ...named,
    sizeMs: delayMs,
    slideMs: delayMs,
    offsetMs: 0,
    keys: ["device"],
    kafkaKey: "device",
    aggregates: [
      { name: "n", function: "COUNT" },
      { name: "temp_avg", function: "AVG", of: "temperature" },
      { name: "temp_stddev", function: "STDDEV_POP", of: "temperature" },
      { name: "vib_max", function: "MAX", of: "vibration" },
    ],
  };
}

function byLine(named: Named, delayMs: number): WindowRule {
  return {
    kind: "window",
    ...named,
    sizeMs: 4 * delayMs,
    slideMs: 2 * delayMs,
    offsetMs: 0,
    keys: ["line"],
    kafkaKey: "line",
    aggregates: [
      { name: "n", function: "COUNT" },
      { name: "devices", function: "COUNT_DISTINCT", of: "device" },
      { name: "temp_sum", function: "SUM", of: "temperature" },
      { name: "vib_min", function: "MIN", of: "vibration" },
    ],
  };
}

function whenHot(named: Named, onDelayMs: number): AlarmRule {
  return {
    kind: "alarm",
    ...named,
    input: "rows",
    series: "device",
    value: "temperature",
    severity: "high",
    set: 80,
    clear: 75,
    onDelayMs,
    offDelayMs: 0,
    message: null,
    payload: ["line"],
  };
}

function everyFact(named: Named): RowRule {
  return {
    kind: "rows",
    ...named,
    kafkaKey: "device",
    id: ["device", "seq"],
    columns: [
      { name: "device", of: "device" },
      { name: "seq", of: "sequence" },
      { name: "temperature", of: "temperature" },
      { name: "vibration", of: "vibration" },
    ],
  };
}
