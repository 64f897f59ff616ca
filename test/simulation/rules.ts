// The rules that run in the simulation, as SQL for the gateway and as plain facts for the checker, which recomputes their
// rows by brute force.

import type { AlarmRule, Rule } from "../../firmware-sim/checker/scenario.ts";
import { MILLIS_PER_DAY } from "../../src/core/value/calendar.ts";
import type { EngineConfig } from "../../src/engine/config.ts";
import { planRules, type RuleSet } from "../../src/engine/rule-set.ts";
import type { Draw } from "../faults/draw.ts";
import { ALARM_RULE, engineConfig, READINGS } from "../engine/kit.ts";

/** The table's watermark is so much behind its newest row. */
export const DELAY_MS = 5000;

/** A sink whose rows of one device keep their order. */
function sink(name: string, columns: string): string {
  return `CREATE TABLE ${name} (device STRING, ${columns})
   WITH ('connector' = 'kafka', 'topic' = '${name}', 'format' = 'json', 'key.format' = 'raw', 'key.fields' = 'device');\n`;
}

/** Conditions that every row fulfils are what repairs change. */
const seen = (repairs: number): string =>
  READINGS +
  sink("seen", "seq BIGINT, v DOUBLE") +
  `INSERT INTO seen SELECT device, seq, v FROM readings WHERE seq > -${repairs + 1};`;

const tumble = (repairs: number): string =>
  READINGS +
  sink(
    "per_device",
    "window_start TIMESTAMP(3), window_end TIMESTAMP(3), n BIGINT, total DOUBLE, most DOUBLE",
  ) +
  `INSERT INTO per_device SELECT device, window_start, window_end, COUNT(*), SUM(v), MAX(v)
   FROM TUMBLE(TABLE readings, DESCRIPTOR(event_time), INTERVAL '10' SECOND)
   GROUP BY device, window_start, window_end HAVING COUNT(*) > -${repairs + 1};`;

const PLAIN = `
CREATE TABLE plain (device STRING, seq BIGINT, v DOUBLE)
WITH ('connector' = 'mqtt', 'topic' = 'plain/+', 'format' = 'json');
${sink("plain_seen", "seq BIGINT, v DOUBLE")}
INSERT INTO plain_seen SELECT device, seq, v FROM plain;`;

/** Comes and goes with the configuration; whoever stays keeps its state. */
const EXTRA =
  READINGS +
  sink("extra", "n BIGINT") +
  `INSERT INTO extra SELECT device, COUNT(*)
   FROM TUMBLE(TABLE readings, DESCRIPTOR(event_time), INTERVAL '7' SECOND)
   GROUP BY device, window_start, window_end;`;

/** Every start plans the rules anew; the plan is the same, so that is done once. */
const PLANS = new Map<string, RuleSet>();

export interface Sizes {
  readonly laneBytes: number;
  readonly journalBytes: number;
  readonly journalAgeMs: number;
}

/** Of a history. */
export function drawSizes(draw: Draw): Sizes {
  return {
    // The smallest hold a transaction or less: nothing comes in before it has left.
    laneBytes: draw.pick([1000, 200_000, 1_000_000]),
    journalBytes: draw.pick([2000, 20_000, 1_000_000]),
    journalAgeMs: MILLIS_PER_DAY,
  };
}

/** The same where rules fail: what a repaired one has missed must still be there. */
export function keeping(sizes: Sizes): Sizes {
  return { ...sizes, journalBytes: 10_000_000, journalAgeMs: 100 * MILLIS_PER_DAY };
}

/** What differs from start to start. */
export interface Edition {
  /** 1 has a rule more, 2 another gateway-wide setting. */
  readonly variant: number;
  readonly repairs: Repairs;
}

/** Rules that may fail. */
export const BREAKABLE = { seen: "seen", tumble: "per_device" } as const;
export type Breakable = keyof typeof BREAKABLE;
/** How often each has been repaired. */
export type Repairs = Readonly<Record<Breakable, number>>;

/** The configuration of a start. */
export function simulatedConfig(
  directory: string,
  { variant, repairs }: Edition,
  { laneBytes, journalBytes, journalAgeMs }: Sizes,
): Omit<EngineConfig, "bootId"> {
  const judged = {
    seen: seen(repairs.seen),
    tumble: tumble(repairs.tumble),
    hot: ALARM_RULE,
    plain: PLAIN,
  };
  const rules = variant === 1 ? { ...judged, extra: EXTRA } : judged;
  const name = `${variant === 1} ${JSON.stringify(repairs)}`;
  let ruleSet = PLANS.get(name);
  if (ruleSet === undefined) {
    const files = Object.entries(rules).map(([rule, text]) => ({ file: `${rule}.sql`, text }));
    PLANS.set(name, (ruleSet = planRules(files, [])));
  }
  const lane = { quotaBytes: laneBytes, whenFull: "block" } as const;
  const { store, ...config } = engineConfig(directory, {});
  return {
    ...config,
    ruleSet,
    store: {
      ...store,
      lanes: { alarm: lane, result: lane, raw: lane, local: lane },
      journal: { quotaBytes: journalBytes, ageMs: journalAgeMs },
    },
    topics: { alarm: "alarms", deadLetter: "dead", late: "late", rollback: "rolled" },
    receiveMaximum: variant === 2 ? 40 : 20,
  };
}

/** Kafka topics with their partitions. */
export const TOPICS: Readonly<Record<string, number>> = {
  seen: 1,
  per_device: 2,
  plain_seen: 2,
  alarms: 1,
  dead: 1,
  late: 1,
  rolled: 1,
  extra: 1,
  "headrace.progress": 1,
};

const HOT: AlarmRule = {
  kind: "alarm",
  rule: "hot",
  topic: "alarms",
  input: "rows",
  series: "device",
  value: "v",
  severity: "high",
  set: 80,
  clear: 70,
  onDelayMs: 2000,
  offDelayMs: 0,
  message: null,
  payload: [],
};

/** The rules over `readings`. */
export const CHECKED: readonly Rule[] = [
  {
    kind: "rows",
    rule: "seen",
    topic: "seen",
    kafkaKey: "device",
    id: ["device", "seq"],
    columns: [
      { name: "device", of: "device" },
      { name: "seq", of: "sequence" },
      { name: "v", of: "v" },
    ],
  },
  {
    kind: "window",
    rule: "tumble",
    topic: "per_device",
    sizeMs: 10_000,
    slideMs: 10_000,
    offsetMs: 0,
    keys: ["device"],
    kafkaKey: "device",
    aggregates: [
      { name: "n", function: "COUNT" },
      { name: "total", function: "SUM", of: "v" },
      { name: "most", function: "MAX", of: "v" },
    ],
  },
  HOT,
];
