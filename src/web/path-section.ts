// The data path as a row of stages, with what leaves the path on the way (duplicates, dead letters, late rows)
// under the stage where it leaves.

import { formatDuration } from "../core/duration.ts";
import { formatCount, formatRate } from "./format.ts";
import { html, type Html } from "./html.ts";
import type { GatewayStatus } from "./status.ts";

/** `rates` are per second by the names of PathCounts; a rate not yet known shows as a dash. */
export function pathSection(status: GatewayStatus, rates: ReadonlyMap<string, number>): Html {
  const { path, uplink } = status;
  const stages = [
    stage("Received", {
      unit: "MQTT messages",
      rate: rates.get("received"),
      total: path.received,
    }),
    stage("Journaled", {
      unit: "committed",
      rate: rates.get("journaled"),
      total: path.journaled,
      notes: [leaves("acknowledged", path.acknowledged, false)],
    }),
    stage("Decoded", {
      unit: "rows",
      rate: rates.get("decoded"),
      total: path.decoded,
      notes: [
        leaves("duplicates", path.duplicates, false),
        leaves("dead letters", path.deadLetters, true),
      ],
    }),
    stage("Rules", {
      unit: "rows emitted",
      rate: rates.get("emitted"),
      total: path.emitted,
      notes: [leaves("late", path.late, true)],
    }),
    html`<li class="stage">
      <h3>Outbox</h3>
      <p class="rate">${formatCount(path.outboxRows)}</p>
      <p class="total">rows waiting</p>
      ${drained(uplink?.drainSeconds)}
    </li>`,
    uplink === undefined
      ? html`<li class="stage off">
          <h3>Kafka</h3>
          <p class="rate">off</p>
          <p class="total">no kafka section</p>
        </li>`
      : stage("Kafka", {
          unit: "rows delivered",
          rate: rates.get("delivered"),
          total: path.delivered,
          notes: [
            uplink.connected
              ? html`<p class="leaves">connected</p>`
              : html`<p class="leaves warn">not connected</p>`,
          ],
        }),
  ];
  return html`<section id="path" data-live aria-labelledby="path-title">
    <h2 id="path-title">Data path</h2>
    <ol class="path">
      ${stages}
    </ol>
  </section>`;
}

function drained(seconds: number | undefined): Html | undefined {
  if (seconds === undefined) return undefined;
  return html`<p class="leaves">empty in ${formatDuration(seconds * 1000)}</p>`;
}

interface Stage {
  readonly unit: string;
  readonly rate: number | undefined;
  readonly total: number;
  readonly notes?: readonly Html[];
}

function stage(name: string, { unit, rate, total, notes = [] }: Stage): Html {
  return html`<li class="stage">
    <h3>${name}</h3>
    <p class="rate">${formatRate(rate)}</p>
    <p class="total">${formatCount(total)} ${unit}</p>
    ${notes}
  </li>`;
}

function leaves(what: string, count: number, warn: boolean): Html {
  return html`<p class="leaves${warn && count > 0 ? " warn" : ""}">
    ${formatCount(count)} ${what}
  </p>`;
}
