// What the pipeline has counted, for metrics and the page. Made on demand from its parts' own statistics.

import type { QualityReason } from "../core/format/profile-decoding.ts";
import type { Decoder, DecoderStats } from "../decode/decoder.ts";
import type { IdentityGate, IdentityStats } from "../decode/identity.ts";
import type { DeviceSilence } from "./device-silence.ts";
import type { Rule, Source } from "../operators/index.ts";
import type { RulePlan, TablePlan } from "./rule-set.ts";
import type { Sink } from "./sinks.ts";

export interface PipelineCounts {
  readonly tables: readonly TableCounts[];
  readonly rules: readonly RuleCounts[];
  /** By reason. */
  readonly deadLetters: ReadonlyMap<string, number>;
  /** Rows that a restored disk image does not send again, by rule. */
  readonly withheld: ReadonlyMap<string, number>;
  /** Messages not counted again, by how they were recognised; and rows without identity. */
  readonly duplicates: ReadonlyMap<string, number>;
  /** What was forgotten because of a bound. */
  readonly evictions: ReadonlyMap<string, number>;
}

export interface TableCounts {
  readonly name: string;
  readonly rows: number;
  readonly watermarkMs: number | undefined;
  /** Of a table with watermark options or of silent devices, those that it knows. */
  readonly devices: { readonly active: number; readonly silent: number } | undefined;
  /** Of a table with an identity, numbers that its senders have left out. */
  readonly missing: number | undefined;
  /** Of a device profile's table, values that are not simply good, by reason. */
  readonly quality: Readonly<Record<QualityReason, number>> | undefined;
}

export interface RuleCounts {
  readonly name: string;
  readonly watermarkMs: number | undefined;
  readonly rowsIn: number;
  readonly emitted: number;
  readonly late: number;
  readonly errors: number;
  readonly raised: number;
  readonly returned: number;
  readonly isAlarm: boolean;
  /** Looks at all of its state. */
  stateBytes(): number;
}

/** The parts at work; `tables` in the decoder's order. */
export interface CountedParts {
  readonly decoder: Pick<Decoder, "stats" | "evictions" | "quality">;
  readonly deadLetters: ReadonlyMap<string, number>;
  readonly withheld: ReadonlyMap<string, number>;
  readonly tables: readonly {
    readonly plan: TablePlan;
    readonly source: Source;
    readonly gate: Pick<IdentityGate, "stats" | "evictions" | "missing"> | undefined;
    readonly silence: { readonly devices: Pick<DeviceSilence, "counts" | "evictions"> } | undefined;
  }[];
  readonly rules: readonly {
    readonly plan: RulePlan;
    readonly rule: Rule;
    readonly sink: Sink;
  }[];
}

export function countPipeline({
  decoder,
  deadLetters,
  withheld,
  tables,
  rules,
}: CountedParts): PipelineCounts {
  return {
    tables: tables.map(({ plan, source, gate, silence }, i) => ({
      name: plan.table.name,
      rows: decoder.stats.rows[i] ?? 0,
      watermarkMs: source.watermark(),
      devices: silence?.devices.counts ?? source.time?.deviceCounts,
      missing: gate?.missing,
      quality: decoder.quality[i],
    })),
    rules: rules.map(({ plan, rule, sink }) => ({
      name: plan.name,
      watermarkMs: rule.watermark(),
      rowsIn: rule.stats.rowsIn,
      errors: rule.stats.errors + sink.stats.refused,
      late: rule.stats.late + sink.stats.late,
      emitted: sink.stats.emitted,
      raised: sink.stats.raised,
      returned: sink.stats.returned,
      isAlarm: plan.sink.options["connector"] === "alarm",
      stateBytes: () => rule.stateBytes(),
    })),
    deadLetters,
    withheld,
    duplicates: duplicates(decoder.stats, tables),
    evictions: evictions(decoder, tables, rules),
  };
}

function evictions(
  decoder: CountedParts["decoder"],
  tables: CountedParts["tables"],
  rules: CountedParts["rules"],
): ReadonlyMap<string, number> {
  const { clients, topics, devices: measured } = decoder.evictions;
  let [devices, identities, series] = [0, 0, 0];
  for (const { source, gate, silence } of tables) {
    devices += source.time?.devices.evictions ?? 0;
    devices += silence?.devices.evictions ?? 0;
    identities += gate?.evictions ?? 0;
  }
  for (const { sink } of rules) series += sink.stats.seriesDropped;
  return new Map([
    ["packet_id_client", clients],
    ["retained_topic", topics],
    ["identity_key", identities],
    ["device", devices],
    ["measured_device", measured],
    ["alarm_series", series],
  ]);
}

function duplicates(
  { resends, retained }: DecoderStats,
  tables: CountedParts["tables"],
): ReadonlyMap<string, number> {
  const sum = (of: (stats: IdentityStats) => number): number =>
    tables.reduce((total, { gate }) => total + (gate === undefined ? 0 : of(gate.stats)), 0);
  return new Map([
    ["packet_id", resends],
    ["retained", retained],
    ["identity", sum((stats) => stats.duplicates)],
    ["identity_uncertain", sum((stats) => stats.uncertain)],
    ["identity_absent", sum((stats) => stats.absent)],
    ["identity_reset", sum((stats) => stats.resets)],
  ]);
}
