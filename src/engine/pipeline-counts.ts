// What the pipeline has counted, for metrics and the page. Made on demand from its parts' own statistics.

import type { DecoderStats } from "../decode/decoder.ts";
import type { IdentityStats } from "../decode/identity.ts";
import type { Rule, Source } from "../operators/index.ts";
import type { RulePlan, TablePlan } from "./rule-set.ts";
import type { Sink } from "./sinks.ts";

export interface PipelineCounts {
  readonly tables: readonly TableCounts[];
  readonly rules: readonly RuleCounts[];
  /** By reason. */
  readonly deadLetters: ReadonlyMap<string, number>;
  /** Messages not counted again, by how they were recognised; and rows without identity. */
  readonly duplicates: ReadonlyMap<string, number>;
}

export interface TableCounts {
  readonly name: string;
  readonly rows: number;
  readonly watermarkMs: number | undefined;
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
}

/** The parts at work; `tables` in the decoder's order. */
export interface CountedParts {
  readonly decoder: DecoderStats;
  readonly deadLetters: ReadonlyMap<string, number>;
  readonly tables: readonly {
    readonly plan: TablePlan;
    readonly source: Source;
    readonly gate: { readonly stats: IdentityStats } | undefined;
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
  tables,
  rules,
}: CountedParts): PipelineCounts {
  return {
    tables: tables.map(({ plan, source }, i) => ({
      name: plan.table.name,
      rows: decoder.rows[i] ?? 0,
      watermarkMs: source.watermark(),
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
    })),
    deadLetters,
    duplicates: duplicates(decoder, tables),
  };
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
