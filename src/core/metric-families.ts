// Every family of metrics that a gateway has: the closed table that metrics.ts renders.

import { DELIVERIES } from "./delivery.ts";
import { LANES } from "./protocol.ts";

export type MetricType = "counter" | "gauge" | "histogram";

/** `labels` by name: a closed list of values (all present from the start) or `open` (values come with the samples). */
export interface MetricFamily {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly labels: Readonly<Record<string, "open" | readonly string[]>>;
}

/**
 * Upper bounds of headrace_commit_seconds. One fdatasync takes 0.15 ms on a good SSD, some 10 ms on an SD card, and
 * over a second when the card collects garbage.
 */
export const COMMIT_SECONDS_BUCKETS: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
];

const lane = LANES;

/** The closed list of families, in data-path order. */
export const METRIC_FAMILIES: readonly MetricFamily[] = [
  gauge("headrace_build_info", "Version of the running gateway; always 1.", { version: "open" }),
  gauge("headrace_clock_untrusted", "1 while the wall clock is not trusted."),

  gauge("headrace_connections", "Open MQTT connections.", { source: "open" }),
  counter("headrace_received_messages_total", "PUBLISH packets received.", {
    source: "open",
    qos: "open",
  }),
  counter("headrace_acknowledged_messages_total", "PUBACKs sent, each after its commit.", {
    source: "open",
  }),
  counter("headrace_duplicates_total", "Messages recognised as sent again and not counted twice.", {
    kind: "open",
  }),

  counter("headrace_batches_total", "Batches committed, each in one transaction."),
  histogram("headrace_commit_seconds", "Duration of COMMIT, its fsync included."),
  counter("headrace_private_payloads_total", "Payloads made private before they were journaled.", {
    outcome: ["rewritten", "withheld"],
  }),
  gauge("headrace_journal_bytes", "Bytes of the retained journal."),
  counter("headrace_flash_bytes_total", "Bytes written to the data directory's files."),
  gauge("headrace_flash_over_budget", "1 while the payload alone exceeds the flash budget."),

  counter("headrace_decoded_rows_total", "Rows decoded.", { table: "open" }),
  counter("headrace_dead_letter_total", "Messages and rows that went to headrace_dead_letter.", {
    reason: "open",
  }),
  gauge("headrace_sequence_missing", "Sequence numbers left out by senders and not sent since.", {
    table: "open",
  }),
  counter("headrace_quality_total", "Measurements and event times that are not simply good.", {
    table: "open",
    reason: "open",
  }),
  gauge("headrace_watermark_lag_seconds", "Wall time minus the table's watermark.", {
    table: "open",
  }),
  counter("headrace_late_rows_total", "Rows behind the watermark.", { rule: "open" }),
  counter("headrace_emitted_rows_total", "Rows emitted.", { rule: "open" }),
  gauge(
    "headrace_devices",
    "Devices with a watermark of their own (watermark.per), or of a table of silent devices.",
    {
      table: "open",
      state: ["active", "silent"],
    },
  ),
  gauge("headrace_state_bytes", "Estimated bytes that a rule's operators hold.", { rule: "open" }),
  counter("headrace_evictions_total", "What was forgotten because a bound was reached.", {
    kind: "open",
  }),
  counter("headrace_alarms_total", "Alarm events emitted.", { rule: "open", state: "open" }),
  gauge(
    "headrace_suspended_rules",
    "Rules suspended after an error of blame bug, and repaired ones until they have caught up.",
  ),
  gauge("headrace_catch_up_entries", "Journal entries that repaired rules still have to run."),
  counter("headrace_digest_mismatches_total", "Replayed batches that emitted other rows."),
  counter(
    "headrace_skipped_messages_total",
    "Messages left out that had killed the process twice.",
  ),

  gauge("headrace_outbox_rows", "Rows that wait to be delivered.", { lane }),
  gauge("headrace_outbox_bytes", "Bytes that wait to be delivered.", { lane }),
  counter("headrace_dropped_rows_total", "Rows dropped by a policy the operator chose.", {
    lane,
    reason: "open",
  }),
  gauge("headrace_discovery_waiting", "Messages for Home Assistant that wait for a broker.", {
    source: "open",
  }),
  counter("headrace_discovery_published_total", "Messages published for Home Assistant.", {
    source: "open",
  }),
  counter("headrace_discovery_dropped_total", "Messages for Home Assistant beyond the bound.", {
    source: "open",
  }),
  gauge("headrace_registry_schemas", "Schemas of a registry that messages can be read by."),
  gauge("headrace_uplink_connected", "1 while Kafka takes transactions."),
  gauge("headrace_uplink_state", "1 for the uplink's state.", { state: "open" }),
  gauge("headrace_uplink_delivery", "1 for what readers get.", { delivery: DELIVERIES }),
  gauge("headrace_uplink_drain_seconds", "Until the outbox is empty; NaN where it does not drain."),
  counter("headrace_uplink_transactions_total", "Kafka transactions committed."),
  counter("headrace_uplink_rows_total", "Rows in committed Kafka transactions."),
  counter("headrace_uplink_errors_total", "Kafka requests or transactions that failed."),
  counter("headrace_uplink_reopens_total", "Producers thrown away and opened again."),
  counter("headrace_uplink_audit_total", "Findings that harm readers and are no error.", {
    event: "open",
  }),
  gauge("headrace_rollback_lost_rows", "Rows Kafka has and this disk never held.", { lane }),
  counter("headrace_rollback_rows_total", "Rows withheld by a restored disk image.", {
    rule: "open",
  }),

  counter("headrace_metric_series_dropped_total", "Samples left out: too many label values."),
  gauge("process_resident_memory_bytes", "Resident memory of the process."),
  counter("process_cpu_seconds_total", "User and system CPU time of the process."),
  gauge("process_start_time_seconds", "Start of the process, Unix time."),
];

function counter(name: string, help: string, labels: MetricFamily["labels"] = {}): MetricFamily {
  return { name, type: "counter", help, labels };
}

function gauge(name: string, help: string, labels: MetricFamily["labels"] = {}): MetricFamily {
  return { name, type: "gauge", help, labels };
}

function histogram(name: string, help: string): MetricFamily {
  return { name, type: "histogram", help, labels: {} };
}
