// The deterministic core: messages in, rows out, nothing but state in between. Decode, identity, the tables' sources,
// the rules' operators and alarms, in data-path order; no store, no clock, no chance.
//
//   run(reader's batch) ─▶ decode ─▶ identity gate ─▶ rules ─▶ sinks ─▶ outputs (takeOutput)
//                            └─▶ dead letters, late rows ─▶ system tables ─▶ rules ─▶ sinks
//
// Tables that a rule reads together are run interleaved as their messages came; independent ones one after another.

import { profileDecoding } from "../config/profile-table.ts";
import { assert, GatewayError } from "../core/errors.ts";
import { crashPoint } from "../core/fault-points.ts";
import type { MessageReader } from "../core/message-reader.ts";
import type { RowBatch } from "../core/row-batch.ts";
import { Decoder } from "../decode/decoder.ts";
import { createIdentityGate } from "../decode/identity.ts";
import type { IdentityGate } from "../decode/identity.ts";
import { identityColumns } from "../decode/identity-options.ts";
import { buildRule, buildSource } from "../operators/index.ts";
import type { OperatorHost, Rule, Source } from "../operators/index.ts";
import type { InForce } from "./config-entry.ts";
import { Incidents } from "./incidents.ts";
import { Outputs } from "./outputs.ts";
import type { PipelineOutput } from "./outputs.ts";
import type { RulePlan, TablePlan } from "./rule-set.ts";
import { scansOf } from "./rule-set.ts";
import { countPipeline } from "./pipeline-counts.ts";
import type { PipelineCounts } from "./pipeline-counts.ts";
import { buildSink } from "./sinks.ts";
import type { Sink } from "./sinks.ts";
import { systemBatch } from "./system-tables.ts";
import { interleave, tableGroups } from "./table-groups.ts";

export type { PipelineOutput } from "./outputs.ts";

export interface PipelineOptions extends InForce {
  /** Every batch is loaded into it before `run`. */
  readonly reader: MessageReader;
  /** Every row and alarm event also becomes a line. */
  readonly tap: boolean;
}

/** The whole state: cloneable plain data. Taken up by name and version: what has changed begins anew. */
export interface PipelineState {
  readonly decoder: Uint8Array;
  /** By signature and by name. */
  readonly tables: ReadonlyMap<
    string,
    { readonly source: unknown; readonly gate: Uint8Array | undefined }
  >;
  readonly rules: ReadonlyMap<
    string,
    { readonly version: string; readonly rule: unknown; readonly sink: unknown }
  >;
}

/** A rule threw what was no data error: the pipeline is of no further use. */
export class RuleFailure extends Error {
  readonly rule: string;

  constructor(rule: string, cause: unknown) {
    super(`rule ${rule} failed`, { cause });
    this.rule = rule;
  }

  /** What the rule threw. */
  get reason(): string {
    return this.cause instanceof Error ? this.cause.message : String(this.cause);
  }
}

interface RunningTable {
  readonly plan: TablePlan;
  readonly source: Source;
  readonly gate: IdentityGate | undefined;
}

interface RunningRule {
  readonly plan: RulePlan;
  readonly rule: Rule;
  readonly sink: Sink;
}

export class Pipeline {
  readonly outputs: Outputs;
  readonly #reader: MessageReader;
  readonly #decoder: Decoder;
  readonly #incidents: Incidents;
  readonly #tables: readonly RunningTable[];
  readonly #system: readonly RunningTable[];
  readonly #rules: readonly RunningRule[];
  /** Indexes into #tables: those of a group are run interleaved. */
  readonly #groups: readonly (readonly number[])[];

  constructor(options: PipelineOptions, state?: PipelineState) {
    const { settings, reader, ruleSet, suspended } = options;
    this.#reader = reader;
    this.outputs = new Outputs(settings.gatewayId, options.tap);
    this.#incidents = new Incidents(settings.topics, this.outputs, reader);
    const tables = ruleSet.tables.map((plan) => this.#buildTable(plan, state));
    this.#tables = tables.filter(({ plan }) => !plan.table.system);
    this.#system = tables.filter(({ plan }) => plan.table.system);
    this.#decoder = this.#buildDecoder(options, state);
    const bySignature = new Map(tables.map((table) => [table.plan.signature, table.source]));
    const sourceOf = new Map(
      ruleSet.rules.flatMap(({ query, tables: read }) =>
        scansOf(query.root).map(({ table }, i) => [table, bySignature.get(read[i] ?? "")] as const),
      ),
    );
    this.#rules = ruleSet.rules
      .filter(({ name }) => !suspended.has(name))
      .map((plan) =>
        this.#buildRule(plan, state, (table) => {
          const source = sourceOf.get(table);
          assert(source !== undefined, `table ${table.name} has no source`);
          return source;
        }),
      );
    this.#groups = tableGroups(
      this.#tables.map(({ plan }) => plan.signature),
      ruleSet.rules.map(({ tables: read }) => read),
    );
  }

  /** Runs the batch that is loaded into the reader. Throws RuleFailure; then rebuild. */
  run(): void {
    crashPoint("engine-message", (text) => this.#reader.bytes.includes(text));
    this.#guard(() => {
      const { tables, deadLetters } = this.#decoder.decode();
      for (const letter of deadLetters) this.#incidents.undecoded(letter);
      for (const group of this.#groups) this.#runGroup(group, tables);
      this.#feedSystemTables();
    });
  }

  /** Rows that Kafka refused for good: `data` is the JSON of a `command` entry. */
  undeliverable(data: Uint8Array, timeMs: number): void {
    this.#guard(() => {
      this.#incidents.undeliverable(data, timeMs);
      this.#feedSystemTables();
    });
  }

  /** What was let out since the last call. */
  takeOutput(): PipelineOutput {
    return this.outputs.take(() => {
      const watermarks = this.#rules.map(
        ({ plan, rule }) => [plan.name, rule.watermark()] as const,
      );
      return Object.fromEntries(
        watermarks.filter((entry): entry is [string, number] => Number.isFinite(entry[1])),
      );
    });
  }

  snapshot(): PipelineState {
    const tables = [...this.#tables, ...this.#system].map(
      ({ plan, source, gate }) =>
        [plan.signature, { source: source.snapshot(), gate: gate?.snapshot() }] as const,
    );
    const rules = this.#rules.map(
      ({ plan, rule, sink }) =>
        [
          plan.name,
          { version: plan.version, rule: rule.snapshot(), sink: sink.snapshot() },
        ] as const,
    );
    return {
      decoder: this.#decoder.snapshot(),
      tables: new Map(tables),
      rules: new Map(rules),
    };
  }

  /** For metrics and the page. */
  get counts(): PipelineCounts {
    return countPipeline({
      decoder: this.#decoder.stats,
      deadLetters: this.#incidents.deadLetters,
      tables: this.#tables,
      rules: this.#rules,
    });
  }

  #buildTable(plan: TablePlan, state: PipelineState | undefined): RunningTable {
    const before = state?.tables.get(plan.signature);
    const gate = plan.table.system ? undefined : createIdentityGate(plan.table, before?.gate);
    const computed =
      gate === undefined
        ? []
        : identityColumns(plan.table).filter((column) => {
            return plan.table.columns[column]?.source.kind === "computed";
          });
    const source = buildSource(
      plan.table,
      {
        host: this.#incidents,
        gateColumns: computed,
        ...(gate === undefined
          ? {}
          : { gate: (batch, from, to) => gate.apply(batch, this.#reader, { from, to }) }),
      },
      before?.source,
    );
    return { plan, source, gate };
  }

  #buildDecoder({ settings, profiles }: PipelineOptions, state?: PipelineState): Decoder {
    return new Decoder(
      {
        tables: this.#tables.map(({ plan: { table, required } }) => {
          const profile = profiles.find(({ name }) => table.options["profile"] === name);
          return { table, required, profile: profile && profileDecoding(profile) };
        }),
        gatewayId: settings.gatewayId,
        receiveMaximum: settings.receiveMaximum,
        directSources: settings.directSources,
        reader: this.#reader,
      },
      state?.decoder,
    );
  }

  #buildRule(
    plan: RulePlan,
    state: PipelineState | undefined,
    sources: Parameters<typeof buildRule>[1]["sources"],
  ): RunningRule {
    const known = state?.rules.get(plan.name);
    const before = known?.version === plan.version ? known : undefined;
    const sink = buildSink(
      plan,
      {
        outputs: this.outputs,
        alarmTopic: this.#incidents.topics.alarm,
        refused: (reason, eventTimeMs) => this.#incidents.refused(plan.name, reason, eventTimeMs),
      },
      before?.sink,
    );
    const host: OperatorHost = this.#incidents;
    const rule = buildRule(plan.query, { name: plan.name, sources, sink, host }, before?.rule);
    return { plan, rule, sink };
  }

  #runGroup(group: readonly number[], batches: readonly RowBatch[]): void {
    const parts = group.map((index) => ({
      source: (this.#tables[index] as RunningTable).source,
      batch: batches[index] as RowBatch,
    }));
    interleave(parts, ({ source, batch }, from, to) => {
      this.#incidents.messages = batch.messages;
      source.push(batch, from, to);
    });
  }

  #feedSystemTables(): void {
    const rows = this.#incidents.take();
    this.#incidents.feeding = true;
    for (const { plan, source } of this.#system) {
      const own = rows.get(plan.table.name) ?? [];
      if (own.length === 0) continue;
      const batch = systemBatch(own);
      this.#incidents.messages = batch.messages;
      source.push(batch, 0, batch.count);
    }
    this.#incidents.feeding = false;
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      const rule = error instanceof GatewayError ? error.context["rule"] : undefined;
      if (typeof rule !== "string") throw error;
      throw new RuleFailure(rule, (error as Error).cause ?? error);
    }
  }
}
