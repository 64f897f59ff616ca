// The newest alarm events and result rows. Both come as the JSON lines that `demo` prints; a line that does not parse
// is a bug of ours elsewhere and is shown as it is.

import { formatTime, formatValue } from "./format.ts";
import { html, type Html } from "./html.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Shown of each list; the newest stands first. */
const SHOWN_ALARMS = 8;
const SHOWN_RULES = 3;
const SHOWN_ROWS = 8;

const ALARM_COLUMNS = ["severity", "state", "rule", "series", "value", "event_time"] as const;

/** `lines` are `{"alarm":{…}}`, newest last. */
export function alarmSection(lines: readonly string[]): Html {
  const events = lines.slice(-SHOWN_ALARMS).toReversed();
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

/** `lines` are `{"rule":…,"row":{…}}`, newest last: a table per rule, the rule with the newest row first. */
export function rowSection(lines: readonly string[]): Html {
  const byRule = new Map<string, Fields[]>();
  const unreadable: Html[] = [];
  for (const line of lines.toReversed()) {
    const parsed = parse(line);
    const row = asFields(parsed?.["row"]);
    const rule = formatValue(parsed?.["rule"]);
    if (row === undefined) unreadable.push(html`<p>${line}</p>`);
    else byRule.set(rule, [...(byRule.get(rule) ?? []), row]);
  }
  const tables = [...byRule].slice(0, SHOWN_RULES).map(([rule, rows]) => rowTable(rule, rows));
  return html`<section id="rows" data-live aria-labelledby="rows-title">
    <h2 id="rows-title">Latest rows</h2>
    ${
      lines.length === 0
        ? html`<p class="empty">
            No row yet. A window's rows leave when the watermark passes its end.
          </p>`
        : undefined
    }
    ${tables} ${unreadable}
  </section>`;
}

/** Rows of one rule, which all have the same columns. */
function rowTable(rule: string, rows: readonly Fields[]): Html {
  const columns = Object.entries(rows[0] ?? {});
  const kind = (value: unknown): string => (typeof value === "number" ? "number" : "text");
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Latest rows of ${rule}">
    <table>
      <caption>
        ${rule}
      </caption>
      <thead>
        <tr>
          ${columns.map(([name, value]) => html`<th scope="col" class="${kind(value)}">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.slice(0, SHOWN_ROWS).map(
          (row) =>
            html`<tr>
              ${columns.map(([name]) => cell(row[name]))}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** A timestamp shows its time of day, and all of it on hover. */
function cell(value: unknown): Html {
  const text = formatValue(value);
  const [, time] = /^\d{4}-\d{2}-\d{2}[T ](\d{2}:\d{2}:\d{2})/.exec(text) ?? [];
  if (typeof value === "number") return html`<td class="number">${text}</td>`;
  return time === undefined
    ? html`<td>${text}</td>`
    : html`<td class="time"><time title="${text}">${time}</time></td>`;
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
