// The tables below the data path: rules, sources, outbox lanes, store and uplink.

import { formatDuration } from "../core/duration.ts";
import type { LaneState, RuleStatus } from "../core/protocol.ts";
import { formatBytes, formatCount, formatRate } from "./format.ts";
import { html, type Html } from "./html.ts";
import type { GatewayStatus, SourceStatus, UplinkStatus } from "./status.ts";

interface Column {
  readonly title: string;
  readonly number?: boolean;
}

/** Rules with their watermark lag, counts, and why a rule is suspended. */
export function ruleSection(status: GatewayStatus): Html {
  const columns = [
    { title: "Rule" },
    { title: "State" },
    { title: "Watermark lag", number: true },
    { title: "Rows in", number: true },
    { title: "Rows out", number: true },
    { title: "Late", number: true },
    { title: "Errors", number: true },
  ];
  return tableSection({
    id: "rules",
    title: "Rules",
    columns,
    rows: status.rules.map((rule) => ruleRow(rule, status.gateway.nowMs)),
    empty: "No rule is configured.",
  });
}

/** MQTT listeners and clients. */
export function sourceSection(status: GatewayStatus, rates: ReadonlyMap<string, number>): Html {
  return tableSection({
    id: "sources",
    title: "Sources",
    columns: [
      { title: "Source" },
      { title: "State" },
      { title: "Connections", number: true },
      { title: "Rate", number: true },
      { title: "Received", number: true },
      { title: "Acknowledged", number: true },
    ],
    rows: status.sources.map((source) => sourceRow(source, rates.get(`source ${source.name}`))),
    empty: "No source is configured.",
  });
}

/** Outbox lanes in the order they leave. */
export function laneSection(status: GatewayStatus): Html {
  return tableSection({
    id: "lanes",
    title: "Outbox lanes",
    columns: [
      { title: "Lane" },
      { title: "Rows waiting", number: true },
      { title: "Size", number: true },
      { title: "Last sequence", number: true },
    ],
    rows: status.lanes.map(laneRow),
    empty: "Nothing has been emitted yet.",
  });
}

/** Journal, flash and Kafka as a list of figures. */
export function storeSection(status: GatewayStatus, rates: ReadonlyMap<string, number>): Html {
  const { store, uplink } = status;
  const flashPerSecond = rates.get("flashBytes");
  const figures: readonly (readonly [string, string])[] = [
    ["Journal", formatBytes(store.journalBytes)],
    ["Batches committed", formatCount(store.batches)],
    ["Written to flash", formatBytes(store.flashBytes)],
    [
      "Flash at this rate",
      flashPerSecond === undefined ? "–" : `${formatBytes(flashPerSecond * 86_400)}/day`,
    ],
    ["Flash budget", store.flashOverBudget ? "exceeded by the payload alone" : "kept"],
    ["Memory", formatBytes(status.gateway.memoryBytes)],
    ["Clock", status.clockProblem ?? "trusted"],
    ...(uplink === undefined ? [["Kafka", "not configured"] as const] : uplinkFigures(uplink)),
  ];
  return html`<section id="store" data-live aria-labelledby="store-title">
    <h2 id="store-title">Store and uplink</h2>
    <dl class="figures">
      ${figures.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
  </section>`;
}

function uplinkFigures(uplink: UplinkStatus): (readonly [string, string])[] {
  const { brokers, state, delivery, transactions, errors, rollback, problem } = uplink;
  const figures: (readonly [string, string])[] = [
    ["Kafka", `${brokers} (${STATE_WORDS[state] ?? state})`],
    ["Delivery", delivery ?? "–"],
    ["Transactions", formatCount(transactions)],
    ["Errors", formatCount(errors)],
  ];
  if (rollback !== undefined) {
    const { lost, sinceMs, withheld } = rollback;
    const lanes = lost.map(({ lane, fromSequence, toSequence }) => {
      const from = fromSequence > toSequence ? "up" : formatCount(fromSequence);
      return `${lane} ${from} to ${formatCount(toSequence)}`;
    });
    const age = sinceMs > 0 ? `of ${new Date(sinceMs).toISOString()}` : "with nothing on it";
    figures.push(
      ["Restored disk image", `${age}; Kafka has rows it never held: ${lanes.join(", ")}`],
      ["Rows not sent again", formatCount(withheld)],
    );
  }
  if (problem !== undefined) figures.push(["Last problem", problem]);
  return figures;
}

const STATE_WORDS: Readonly<Record<string, string>> = {
  fenced: "stopped: another copy of this gateway forwards",
  connecting: "not connected",
  rolled_back: "connected, after a restored disk image",
  forwarding: "connected",
};

function ruleRow(rule: RuleStatus, nowMs: number): readonly Html[] {
  const lag = rule.watermarkMs === undefined ? "–" : formatDuration(nowMs - rule.watermarkMs);
  return [
    html`${rule.name}`,
    rule.suspended === undefined
      ? html`<span class="badge state-returned">running</span>`
      : html`<span class="badge state-raised">suspended</span>
          <p class="dim">${rule.suspended}</p>`,
    html`${lag}`,
    ...[rule.rowsIn, rule.rowsOut, rule.late, rule.errors].map(count),
  ];
}

function sourceRow(source: SourceStatus, rate: number | undefined): readonly Html[] {
  const words =
    source.kind === "listener" ? ["listening", "closed"] : ["connected", "reconnecting"];
  return [
    html`${source.name} <span class="dim">${source.address}</span>`,
    html`<span class="badge ${source.up ? "state-returned" : "state-raised"}"
        >${source.up ? words[0] : words[1]}</span
      >${source.problem === undefined ? undefined : html`<p class="dim">${source.problem}</p>`}`,
    count(source.connections),
    html`${formatRate(rate)}`,
    count(source.received),
    count(source.acknowledged),
  ];
}

function laneRow(lane: LaneState): readonly Html[] {
  return [
    html`${lane.lane}`,
    count(lane.rows),
    html`${formatBytes(lane.bytes)}`,
    count(lane.lastSequence),
  ];
}

function count(value: number): Html {
  return html`${formatCount(value)}`;
}

interface TableSection {
  readonly id: string;
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Html[])[];
  readonly empty: string;
}

function tableSection({ id, title, columns, rows, empty }: TableSection): Html {
  const kind = (i: number): string => (columns[i]?.number === true ? "number" : "text");
  const cell = (content: Html, i: number): Html =>
    i === 0 ? html`<th scope="row">${content}</th>` : html`<td class="${kind(i)}">${content}</td>`;
  const table = html`<div class="scroll" tabindex="0" role="region" aria-labelledby="${id}-title">
    <table>
      <thead>
        <tr>
          ${columns.map((column, i) => html`<th scope="col" class="${kind(i)}">${column.title}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map(cell)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
  return html`<section id="${id}" data-live aria-labelledby="${id}-title">
    <h2 id="${id}-title">${title}</h2>
    ${rows.length === 0 ? html`<p class="empty">${empty}</p>` : table}
  </section>`;
}
