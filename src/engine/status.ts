// What the core worker tells of itself when somebody scrapes or looks at the page. Made on demand: nothing here
// runs per message.

import { metricSample } from "../core/metrics.ts";
import type { EngineStatus, MetricSample, RuleStatus } from "../core/protocol.ts";
import type { Engine } from "./engine.ts";

/** Samples, rules, lanes and the newest rows of `engine`, now. */
export function engineStatus(engine: Engine, blocked: string | undefined): EngineStatus {
  const { pipeline } = engine.state;
  return {
    metrics: [...storeSamples(engine), ...pipelineSamples(engine)],
    rules: ruleStatuses(engine),
    lanes: engine.lanes,
    recentAlarms: pipeline.outputs.recentAlarms.map((text) => text()),
    recentRows: pipeline.outputs.recentRows.map((text) => text()),
    blocked,
  };
}

function storeSamples(engine: Engine): MetricSample[] {
  const { stats } = engine.store;
  const samples = [
    metricSample("headrace_batches_total", engine.batches),
    metricSample("headrace_journal_bytes", stats.journalBytes),
    metricSample("headrace_flash_bytes_total", stats.flashBytes),
    metricSample("headrace_digest_mismatches_total", engine.state.digestMismatches),
    metricSample("headrace_skipped_messages_total", engine.careful.skippedMessages),
    metricSample("headrace_private_payloads_total", engine.batchRun.redactor.counts.rewritten, {
      outcome: "rewritten",
    }),
    metricSample("headrace_private_payloads_total", engine.batchRun.redactor.counts.withheld, {
      outcome: "withheld",
    }),
    metricSample("headrace_suspended_rules", engine.state.inForce.suspended.size),
    metricSample("headrace_registry_schemas", engine.state.pipeline.schemas.length),
    metricSample("headrace_catch_up_entries", engine.suspensions.entriesBehind),
    ...engine.commitSeconds.samples("headrace_commit_seconds"),
  ];
  for (const [lane, { rows, bytes, droppedQuota, droppedNoUplink }] of Object.entries(
    stats.lanes,
  )) {
    samples.push(
      metricSample("headrace_outbox_rows", rows, { lane }),
      metricSample("headrace_outbox_bytes", bytes, { lane }),
      metricSample("headrace_dropped_rows_total", droppedQuota, { lane, reason: "quota" }),
      metricSample("headrace_dropped_rows_total", droppedNoUplink, { lane, reason: "no_uplink" }),
    );
  }
  return samples;
}

function pipelineSamples(engine: Engine): MetricSample[] {
  const { tables, rules, deadLetters, withheld, duplicates, evictions } =
    engine.state.pipeline.counts;
  const samples: MetricSample[] = [];
  const nowMs = engine.wallMs();
  for (const { name, rows, watermarkMs, devices, missing, quality } of tables) {
    samples.push(metricSample("headrace_decoded_rows_total", rows, { table: name }));
    for (const [state, count] of Object.entries(devices ?? {})) {
      samples.push(metricSample("headrace_devices", count, { table: name, state }));
    }
    if (missing !== undefined) {
      samples.push(metricSample("headrace_sequence_missing", missing, { table: name }));
    }
    for (const [reason, count] of Object.entries(quality ?? {})) {
      samples.push(metricSample("headrace_quality_total", count, { table: name, reason }));
    }
    if (watermarkMs === undefined) continue;
    const lag = (nowMs - watermarkMs) / 1000;
    samples.push(metricSample("headrace_watermark_lag_seconds", lag, { table: name }));
  }
  for (const [reason, count] of deadLetters) {
    samples.push(metricSample("headrace_dead_letter_total", count, { reason }));
  }
  for (const [rule, count] of withheld) {
    samples.push(metricSample("headrace_rollback_rows_total", count, { rule }));
  }
  for (const [kind, count] of duplicates) {
    samples.push(metricSample("headrace_duplicates_total", count, { kind }));
  }
  for (const [kind, count] of evictions) {
    samples.push(metricSample("headrace_evictions_total", count, { kind }));
  }
  for (const { name, late, emitted, raised, returned, isAlarm, stateBytes } of rules) {
    samples.push(
      metricSample("headrace_state_bytes", stateBytes(), { rule: name }),
      metricSample("headrace_late_rows_total", late, { rule: name }),
      metricSample("headrace_emitted_rows_total", emitted, { rule: name }),
    );
    if (!isAlarm) continue;
    samples.push(
      metricSample("headrace_alarms_total", raised, { rule: name, state: "raised" }),
      metricSample("headrace_alarms_total", returned, { rule: name, state: "returned" }),
    );
  }
  return samples;
}

function ruleStatuses(engine: Engine): RuleStatus[] {
  const { inForce, pipeline } = engine.state;
  const { suspensions } = engine;
  const running = new Map(pipeline.counts.rules.map((rule) => [rule.name, rule]));
  return inForce.ruleSet.rules.map(({ name }) => {
    const rule = running.get(name);
    const behind = suspensions.behind(name);
    return {
      name,
      watermarkMs: rule?.watermarkMs,
      rowsIn: rule?.rowsIn ?? 0,
      rowsOut: rule?.emitted ?? 0,
      late: rule?.late ?? 0,
      errors: rule?.errors ?? 0,
      suspended:
        behind === undefined
          ? inForce.suspended.get(name)?.error
          : `repaired, catches up: ${behind} journal entries behind`,
    };
  });
}
