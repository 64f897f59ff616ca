// The newest alarm events and result rows. Both come as the JSON lines that `demo` prints; a line that does not parse
// is a bug of ours elsewhere and is shown as it is.

import { formatTime, formatValue } from "./format.ts";
import { html, type Html } from "./html.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Shown of each list; the newest stands first. */
const SHOWN = 12;

const ALARM_COLUMNS = ["severity", "state", "rule", "series", "value", "event_time"] as const;

/** `lines` are `{"alarm":{…}}`, newest last. */
export function alarmSection(lines: readonly string[]): Html {
  const events = lines.slice(-SHOWN).toReversed();
  const body =
    events.length === 0
      ? html`<p class="empty">No alarm event yet.</p>`
      : html`<div class="scroll" tabindex="0" role="region" aria-labelledby="alarms-title">
          <table>
            <thead>
              <tr>
                <th scope="col">Severity</th>
                <th scope="col">State</th>
                <th scope="col">Alarm</th>
                <th scope="col" class="number">Value</th>
                <th scope="col">Event time</th>
              </tr>
            </thead>
            <tbody>
              ${events.map(alarmRow)}
            </tbody>
          </table>
        </div>`;
  return html`<section id="alarms" data-live aria-labelledby="alarms-title">
    <h2 id="alarms-title">Alarms</h2>
    ${body}
  </section>`;
}

/** `lines` are `{"rule":…,"row":{…}}`, newest last. */
export function rowSection(lines: readonly string[]): Html {
  const rows = lines.slice(-SHOWN).toReversed();
  return html`<section id="rows" data-live aria-labelledby="rows-title">
    <h2 id="rows-title">Latest rows</h2>
    ${
      rows.length === 0
        ? html`<p class="empty">
            No row yet. A window's rows leave when the watermark passes its end.
          </p>`
        : html`<ol class="rows">
            ${rows.map(resultRow)}
          </ol>`
    }
  </section>`;
}

function alarmRow(line: string): Html {
  const parsed = parse(line);
  const alarm = parsed === undefined ? undefined : asFields(parsed["alarm"]);
  if (alarm === undefined)
    return html`<tr>
      <td colspan="5">${line}</td>
    </tr>`;
  const [severity, state, rule, series, value, time] = ALARM_COLUMNS.map((name) => alarm[name]);
  const message = alarm["message"];
  return html`<tr>
    <td>${badge("severity", severity)}</td>
    <td>${badge("state", state)}</td>
    <th scope="row">
      ${formatValue(rule ?? alarm["alarm_id"])}
      ${series === undefined ? undefined : html`<p class="dim">${formatValue(series)}</p>`}
      ${typeof message === "string" ? html`<p class="dim">${message}</p>` : undefined}
    </th>
    <td class="number">${value === undefined || value === null ? "" : formatValue(value)}</td>
    <td class="time">${eventTime(time)}</td>
  </tr>`;
}

function resultRow(line: string): Html {
  const parsed = parse(line);
  const row = parsed === undefined ? undefined : asFields(parsed["row"]);
  if (parsed === undefined || row === undefined) return html`<li>${line}</li>`;
  const cells = Object.entries(row).map(
    ([name, value]) =>
      html`<div>
        <dt>${name}</dt>
        <dd>${formatValue(value)}</dd>
      </div>`,
  );
  return html`<li>
    <span class="rule">${formatValue(parsed["rule"])}</span>
    <dl>${cells}</dl>
  </li>`;
}

/** Known states and severities have a colour of their own; the word always stands there too. */
function badge(kind: string, value: unknown): Html {
  const word = formatValue(value);
  return html`<span class="badge ${kind}-${word.replaceAll(/[^a-z]/g, "")}">${word}</span>`;
}

function eventTime(value: unknown): string {
  if (typeof value === "number") return formatTime(value);
  if (typeof value !== "string") return "–";
  return /\d{2}:\d{2}:\d{2}/.exec(value)?.[0] ?? value;
}

function parse(line: string): Fields | undefined {
  try {
    return asFields(JSON.parse(line));
  } catch {
    return undefined;
  }
}

function asFields(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null ? (value as Fields) : undefined;
}
