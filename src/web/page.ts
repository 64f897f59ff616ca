// The status page, rendered here and only here: the browser's script fetches this document again and swaps the
// sections that changed (data-live), so there is one rendering, and without script the page still says everything.

import { formatDuration } from "../core/duration.ts";
import { alarmSection, rowSection } from "./event-sections.ts";
import { laneSection, ruleSection, sourceSection, storeSection } from "./detail-sections.ts";
import { formatTime } from "./format.ts";
import { html, type Html } from "./html.ts";
import { pathSection } from "./path-section.ts";
import type { GatewayStatus } from "./status.ts";

/** The whole document. `rates` per second: names of PathCounts, `flashBytes`, and `source <name>`. */
export function renderPage(
  status: GatewayStatus,
  rates: ReadonlyMap<string, number>,
  ready: boolean,
): string {
  const { gateway } = status;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>headrace · ${gateway.id}</title>
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/style.css" />
        <script src="/app.js" defer></script>
      </head>
      <body>
        <header>
          <h1><img src="/icon.svg" alt="" width="28" height="28" /> headrace</h1>
          <p class="gateway" id="gateway" data-live>
            <strong>${gateway.id}</strong>
            <span>version ${gateway.version}</span>
            <span>up ${formatDuration(gateway.nowMs - gateway.startedAtMs)}</span>
            <span>${formatTime(gateway.nowMs)} UTC</span>
          </p>
          <p id="state" data-live role="status">${stateBadge(status, ready)}</p>
        </header>
        <main>
          ${pathSection(status, rates)}
          <div class="columns">
            ${alarmSection(status.recentAlarms)} ${rowSection(status.recentRows)}
          </div>
          ${ruleSection(status)} ${sourceSection(status, rates)}
          <div class="columns">${laneSection(status)} ${storeSection(status, rates)}</div>
        </main>
        <footer>
          <a href="/metrics">metrics</a> <a href="/api/status">status as JSON</a>
          <a href="/readyz">readiness</a> <a href="/healthz">health</a>
        </footer>
      </body>
    </html> `.text;
}

/** States of the uplink that need a person. */
const UPLINK_TROUBLE: Readonly<Record<string, string>> = {
  fenced: "stopped by another copy of this gateway",
  rolled_back: "restored disk image",
};

/** One word for the whole gateway, worst first. */
function stateBadge(status: GatewayStatus, ready: boolean): Html {
  const suspended = status.rules.filter((rule) => rule.suspended !== undefined).length;
  if (!ready) return html`<span class="badge state-raised">not ready</span>`;
  if (status.blocked !== undefined) {
    return html`<span class="badge state-raised">blocked: ${status.blocked}</span>`;
  }
  const trouble = UPLINK_TROUBLE[status.uplink?.state ?? ""];
  if (trouble !== undefined) return html`<span class="badge state-raised">${trouble}</span>`;
  if (status.uplink?.delivery === "at-least-once") {
    return html`<span class="badge severity-medium">running, at least once</span>`;
  }
  if (status.clockProblem !== undefined) {
    return html`<span class="badge severity-medium">running, clock not trusted</span>`;
  }
  if (suspended > 0) {
    return html`<span class="badge severity-medium">running, ${suspended} suspended</span>`;
  }
  return html`<span class="badge state-returned">running</span>`;
}
