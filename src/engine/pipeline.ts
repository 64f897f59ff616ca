// The deterministic core: messages in, rows out, nothing but state in between. Decode, identity, the tables' sources,
// the rules' operators and alarms, in data-path order; no store, no clock, no chance.
//
//   run(reader's batch) ─▶ decode ─▶ identity gate ─▶ rules ─▶ sinks ─▶ outputs (takeOutput)
//   tick(engine time)   ─▶ tables with an idle time-out ─▶ rules ─▶ …
//                            └─▶ dead letters, late rows ─▶ system tables ─▶ rules ─▶ sinks
//
// Tables that a rule reads together are run interleaved as their messages came; independent ones one after another.

import { assert, GatewayError } from "../core/errors.ts";
import { crashPoint } from "../core/fault-points.ts";
import { SCHEMAS_PER_BATCH } from "../core/limits.ts";
import { SchemasById } from "../core/format/schemas-by-id.ts";
import type { SchemaOfId } from "../core/format/schemas-by-id.ts";
import type { MessageBatch } from "../core/message-batch.ts";
import type { MessageReader } from "../core/message-reader.ts";
import type { RowBatch } from "../core/row-batch.ts";
import type { Decoder } from "../decode/decoder.ts";
import type { Source } from "../operators/index.ts";
import type { SourceTable } from "../sql/plan.ts";
import type { InForce } from "./config-entry.ts";
import { stoppedValue } from "./command.ts";
import type { Command, RollbackCommand } from "./command.ts";
import { Frontiers } from "./frontiers.ts";
import { Incidents } from "./incidents.ts";
import { Outputs } from "./outputs.ts";
import type { PipelineOutput, Telling } from "./outputs.ts";
import { RuleFailure } from "./rule-failure.ts";
import { buildDecoder, buildRunningRule, buildTable, tableState } from "./pipeline-parts.ts";
import type { PartsContext, PipelineState, RunningRule, RunningTable } from "./pipeline-parts.ts";
import { scansOf } from "./rule-set.ts";
import type { Caught, SinkContext } from "./sinks.ts";
import { countPipeline } from "./pipeline-counts.ts";
import type { PipelineCounts } from "./pipeline-counts.ts";
import { systemBatch } from "./system-tables.ts";
import { interleave, tableGroups } from "./table-groups.ts";
import { TableTime } from "./table-time.ts";

export type { PipelineOutput } from "./outputs.ts";
export type { PipelineState } from "./pipeline-parts.ts";

export interface PipelineOptions extends Omit<InForce, "form">, Telling {
  /** Every batch is loaded into it before `run`. */
  readonly reader: MessageReader;
  /** Takes rows and alarm events in place of lanes and stdout. */
  readonly caught?: Caught;
  /** One rule is caught up with the others, which have told what is not its own. */
  readonly catchUp?: Pick<SinkContext, "isLeftOut"> & { rule: string };
}

export class Pipeline {
  readonly outputs: Outputs;
  readonly #reader: MessageReader;
  readonly #decoder: Decoder;
  readonly #incidents: Incidents;
  /** To be raised by who heeds a rollback ahead of its command. */
  readonly frontiers: Frontiers;
  readonly #schemas: SchemasById;
  readonly #tables: readonly RunningTable[];
  readonly #system: readonly RunningTable[];
  readonly #rules: readonly RunningRule[];
  readonly #suspended: InForce["suspended"];
  /** Indexes into #tables: those of a group are run interleaved. */
  readonly #groups: readonly (readonly number[])[];
  /** How time passes where no rows come; told of starts and links by the engine. */
  readonly time: TableTime;

  constructor(options: PipelineOptions, state?: PipelineState) {
    const { settings, profiles, reader, ruleSet, suspended, caught, catchUp } = options;
    const outputs = new Outputs(settings.gatewayId, options);
    const frontiers = new Frontiers(state?.frontiers);
    const schemas = new SchemasById(state?.schemas);
    const { topics } = settings;
    const { rule: only, isLeftOut } = catchUp ?? {};
    const incidents = new Incidents({ topics, outputs, reader, frontiers, only });
    const shared = { reader, outputs, incidents, frontiers, schemas };
    const context: PartsContext = { ...shared, caught, isLeftOut };
    this.#reader = reader;
    this.#suspended = suspended;
    this.clockTrusted = state?.clockTrusted ?? true;
    this.outputs = outputs;
    this.frontiers = frontiers;
    this.#schemas = schemas;
    this.#incidents = incidents;
    const tables = ruleSet.tables.map((plan) =>
      buildTable(plan, context, state?.tables.get(plan.signature)),
    );
    this.#tables = tables.filter(({ plan }) => !plan.table.system);
    this.#system = tables.filter(({ plan }) => plan.table.system);
    this.#decoder = buildDecoder(this.#tables, { settings, profiles, ...context }, state?.decoder);
    this.time = new TableTime(this.#tables, settings, state?.down ?? []);
    const bySignature = new Map(tables.map((table) => [table.plan.signature, table.source]));
    const sourceOf = new Map(
      ruleSet.rules.flatMap(({ query, tables: read }) =>
        scansOf(query.root).map(({ table }, i) => [table, bySignature.get(read[i] ?? "")] as const),
      ),
    );
    const sources = (table: SourceTable): Source => {
      const source = sourceOf.get(table);
      assert(source !== undefined, `table ${table.name} has no source`);
      return source;
    };
    this.#rules = ruleSet.rules
      .filter(({ name }) => !suspended.has(name))
      .map((plan) => buildRunningRule(plan, { ...context, sources }, state?.rules.get(plan.name)));
    this.#groups = tableGroups(
      this.#tables.map(({ plan }) => plan.signature),
      ruleSet.rules.map(({ tables: read }) => read),
    );
  }

  /** Whether the clock is that gives receive times: if not, nothing is too far ahead of them, and rows say so. */
  get clockTrusted(): boolean {
    return this.#reader.clockTrusted;
  }

  set clockTrusted(trusted: boolean) {
    this.#reader.clockTrusted = trusted;
  }

  /** Ids of schemas that the batch names and that nobody has told yet. */
  schemasNeeded(batch: MessageBatch): readonly number[] {
    this.#reader.load(batch);
    return this.#decoder.schemasNeeded(SCHEMAS_PER_BATCH);
  }

  /** Runs the batch that is loaded into the reader. Throws RuleFailure; then rebuild. */
  run(): void {
    crashPoint("engine-message", (text) => this.#reader.bytes.includes(text));
    this.#guard(() => {
      this.time.tick(this.#reader.engineTimeBaseMs);
      const { tables, deadLetters } = this.#decoder.decode();
      for (const letter of deadLetters) this.#incidents.undecoded(letter);
      for (const group of this.#groups) this.#runGroup(group, tables);
      this.#feedSystemTables();
    });
  }

  /** Lets time pass without a batch. Throws RuleFailure; then rebuild. */
  tick(engineTimeMs: number): void {
    this.#guard(() => {
      this.time.tick(engineTimeMs);
      this.#feedSystemTables();
    });
  }

  /** Obeys a `command` entry of the journal, written at `nowMs`. */
  command(command: Command, nowMs: number): void {
    this.#guard(() => {
      switch (command.kind) {
        case "undeliverable":
          for (const row of command.rows) this.#incidents.undeliverable(stoppedValue(row), nowMs);
          break;
        case "withheld":
          for (const row of command.rows) this.#incidents.withhold(stoppedValue(row));
          break;
        case "rollback":
          this.#rollBack(command);
          break;
        case "release":
          this.frontiers.release(command.rules);
          break;
        case "schemas":
          for (const schema of command.schemas) this.#schemas.learn(schema);
      }
      this.#feedSystemTables();
    });
  }

  /** Rules with a frontier in force. `passed`: what they have open lies beyond it, or they hold nothing. */
  endOfRollback(): { readonly all: string[]; readonly passed: string[] } {
    const rules = new Map(this.#rules.map((running) => [running.plan.name, running]));
    const inForce = Object.entries(this.frontiers.saved());
    const passed = inForce.filter(([name, frontierMs]) => {
      const running = rules.get(name);
      if (running === undefined) return !this.#suspended.has(name);
      const { plan, rule } = running;
      const watermarkMs = rule.watermark() ?? Number.NEGATIVE_INFINITY;
      const isBehind = plan.waits && watermarkMs < frontierMs;
      // Where devices have windows of their own, a silent one's may be open long after the others'.
      return !isBehind && rule.heldFrom() > frontierMs;
    });
    return { all: inForce.map(([name]) => name), passed: passed.map(([name]) => name) };
  }

  /** What the schema registry has told. */
  get schemas(): readonly SchemaOfId[] {
    return this.#schemas.saved();
  }

  /** What was let out since the last call. */
  takeOutput(): PipelineOutput {
    return this.outputs.take((lane) => {
      const watermarks = this.#rules
        .filter(({ plan }) => plan.waits && plan.lane === lane)
        .map(({ plan, rule }) => [plan.name, rule.watermark()] as const);
      return Object.fromEntries(
        watermarks.filter((entry): entry is [string, number] => Number.isFinite(entry[1])),
      );
    });
  }

  snapshot(): PipelineState {
    const tables = [...this.#tables, ...this.#system].map(
      (table) => [table.plan.signature, tableState(table)] as const,
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
      frontiers: this.frontiers.saved(),
      tables: new Map(tables),
      rules: new Map(rules),
      down: this.time.down,
      clockTrusted: this.clockTrusted,
      schemas: this.schemas,
    };
  }

  /** For metrics and the page. */
  get counts(): PipelineCounts {
    return countPipeline({
      decoder: this.#decoder,
      deadLetters: this.#incidents.deadLetters,
      withheld: this.#incidents.withheld,
      tables: this.#tables,
      rules: this.#rules,
    });
  }

  #rollBack({ frontiers, alarms }: RollbackCommand): void {
    this.frontiers.raise(frontiers);
    const frontierOf = new Map(Object.entries(frontiers));
    const known = new Map(alarms);
    for (const { plan, sink } of this.#rules) {
      const frontierMs = frontierOf.get(plan.name);
      if (frontierMs === undefined) continue;
      const { occurrence = 0, raised, last } = known.get(plan.name) ?? {};
      sink.adopt?.({ frontierMs, occurrence, raised: new Map(raised), last: new Map(last) });
    }
  }

  #runGroup(group: readonly number[], batches: readonly RowBatch[]): void {
    const parts = group.map((index) => ({
      table: this.#tables[index] as RunningTable,
      batch: batches[index] as RowBatch,
    }));
    interleave(parts, ({ table: { source, silence }, batch }, from, to) => {
      this.#incidents.messages = batch.messages;
      if (silence === undefined) source.push(batch, from, to);
      else silence.hear(batch, from, to);
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
