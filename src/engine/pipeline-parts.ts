// The parts of a pipeline, each new or with the state it had: tables with their identity, the decoder, rules with their
// sinks.

import { successorState } from "../alarms/state.ts";
import type { AlarmSnapshot } from "../alarms/state.ts";
import { tableDecoding } from "../config/profile-tables.ts";
import type { SchemaOfId, SchemasById } from "../core/format/schemas-by-id.ts";
import type { MessageReader } from "../core/message-reader.ts";
import type { RuleTimes } from "../core/outbox-rows.ts";
import { Decoder } from "../decode/decoder.ts";
import { createIdentityGate } from "../decode/identity.ts";
import type { IdentityGate } from "../decode/identity.ts";
import { identityColumns } from "../decode/identity-options.ts";
import { buildRule, buildSource } from "../operators/index.ts";
import type { OperatorHost, Rule, Source } from "../operators/index.ts";
import type { InForce } from "./config-entry.ts";
import type { Frontiers } from "./frontiers.ts";
import type { Incidents } from "./incidents.ts";
import type { Outputs } from "./outputs.ts";
import type { RulePlan, TablePlan } from "./rule-set.ts";
import type { SilenceState } from "./device-silence.ts";
import { isSilenceTable, silenceDevice, SilenceTable } from "./silence-table.ts";
import { buildSink } from "./sinks.ts";
import type { Caught, IsLeftOut, Sink } from "./sinks.ts";

/** What all parts have in common. */
export interface PartsContext {
  readonly reader: MessageReader;
  readonly outputs: Outputs;
  readonly incidents: Incidents;
  readonly frontiers: Frontiers;
  readonly schemas: SchemasById;
  readonly caught: Caught | undefined;
  readonly isLeftOut: IsLeftOut | undefined;
}

export interface TableState {
  readonly source: unknown;
  readonly gate: Uint8Array | undefined;
  readonly silence: SilenceState | undefined;
}

export interface RuleState {
  readonly version: string;
  readonly rule: unknown;
  readonly sink: unknown;
}

/** The whole state: cloneable plain data. Taken up by name and version: what has changed begins anew. */
export interface PipelineState {
  readonly decoder: Uint8Array;
  readonly frontiers: RuleTimes;
  /** By signature and by name. */
  readonly tables: ReadonlyMap<string, TableState>;
  readonly rules: ReadonlyMap<string, RuleState>;
  /** Sources whose links are down. */
  readonly down: readonly string[];
  readonly clockTrusted: boolean;
  /** Absent in the states of versions that read none. */
  readonly schemas?: readonly SchemaOfId[];
}

export interface RunningTable {
  readonly plan: TablePlan;
  readonly source: Source;
  readonly gate: IdentityGate | undefined;
  /** Of a table of silent devices, who makes its rows out of signs of life. */
  readonly silence: SilenceTable | undefined;
}

export interface RunningRule {
  readonly plan: RulePlan;
  readonly rule: Rule;
  readonly sink: Sink;
}

export function buildTable(
  plan: TablePlan,
  { incidents, reader }: PartsContext,
  before: TableState | undefined,
): RunningTable {
  if (isSilenceTable(plan.table)) {
    const silence = new SilenceTable(plan.table, { incidents, reader }, before);
    return { plan, source: silence.source, gate: undefined, silence };
  }
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
      host: incidents,
      gateColumns: computed,
      clock: reader,
      ...(gate === undefined
        ? {}
        : { gate: (batch, from, to) => gate.apply(batch, reader, { from, to }) }),
    },
    before?.source,
  );
  return { plan, source, gate, silence: undefined };
}

export function tableState({ source, gate, silence }: RunningTable): TableState {
  const own = { gate: gate?.snapshot(), silence: silence?.devices.snapshot() };
  return { source: source.snapshot(), ...own };
}

/** `tables`: those that messages are decoded for. */
export function buildDecoder(
  tables: readonly RunningTable[],
  { settings, profiles, reader, schemas }: Pick<InForce, "settings" | "profiles"> & PartsContext,
  before: Uint8Array | undefined,
): Decoder {
  return new Decoder(
    {
      tables: tables.map(({ plan: { table, required: read, parts } }) => {
        const profile = profiles.find(({ name }) => table.options["profile"] === name);
        const required = isSilenceTable(table) ? [silenceDevice(table)] : read;
        return { table, required, parts, profile: profile && tableDecoding(profile, table.name) };
      }),
      gatewayId: settings.gatewayId,
      receiveMaximum: settings.receiveMaximum,
      directSources: settings.directSources,
      schemas,
      reader,
    },
    before,
  );
}

/** A rule whose text has changed begins anew; an alarm's occurrences then still count on. */
export function buildRunningRule(
  plan: RulePlan,
  context: PartsContext & Pick<Parameters<typeof buildRule>[1], "sources">,
  known: RuleState | undefined,
): RunningRule {
  const before = known?.version === plan.version ? known : undefined;
  const { outputs, incidents, frontiers, caught, isLeftOut, sources } = context;
  const sink = buildSink(
    plan,
    {
      outputs,
      caught,
      isLeftOut,
      alarmTopic: incidents.topics.alarm,
      frontier: frontiers.of(plan.name),
      refused: (reason, eventTimeMs) => incidents.refused(plan.name, reason, eventTimeMs),
      withheld: (row) => incidents.withhold({ rule: plan.name, ...row }),
    },
    before === undefined
      ? successorState(known?.sink as AlarmSnapshot | undefined)
      : (before.sink as AlarmSnapshot | undefined),
  );
  const host: OperatorHost = incidents;
  const rule = buildRule(plan.query, { name: plan.name, sources, sink, host }, before?.rule);
  return { plan, rule, sink };
}
