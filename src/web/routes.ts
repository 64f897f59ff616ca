// What each path answers. Probes decide by what the main thread knows: /healthz says whether the process is worth
// keeping (a restart would help), /readyz whether it takes messages; Kafka or a broker being away is neither.

import type { Clock } from "../core/clock.ts";
import { HEALTH_WORKER_SILENT_MS } from "../core/limits.ts";
import { APP_SCRIPT, ICON, STYLE } from "./assets.ts";
import { renderPage } from "./page.ts";
import { RateWindow } from "./rates.ts";
import type { GatewayStatus, ReadinessDetails, StatusSource } from "./status.ts";

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** Answers a path, 404 for one it does not know. Throws what `source` throws. */
export function routes(source: StatusSource, clock: Clock): (path: string) => Promise<Answer> {
  const rates = new RateWindow();
  const page = async (): Promise<Answer> => {
    const status = await source.status();
    const perSecond = rates.observe(clock.monotonicMs(), totals(status));
    return ok("text/html", renderPage(status, perSecond, isReady(await source.readiness())));
  };
  return async (path) => {
    switch (path) {
      case "/":
        return page();
      case "/style.css":
        return ok("text/css", STYLE);
      case "/app.js":
        return ok("text/javascript", APP_SCRIPT);
      case "/icon.svg":
        return ok("image/svg+xml", ICON);
      case "/metrics":
        return ok("text/plain; version=0.0.4", await source.metrics());
      case "/api/status": {
        const status = await source.status();
        const perSecond = rates.observe(clock.monotonicMs(), totals(status));
        return json(200, { ...status, ratesPerSecond: Object.fromEntries(perSecond) });
      }
      case "/healthz":
        return health(source);
      case "/readyz": {
        const details = await source.readiness();
        const ready = isReady(details);
        return json(ready ? 200 : 503, { ready, ...details });
      }
      default:
        return { status: 404, type: "text/plain", body: "not found\n" };
    }
  };
}

function health(source: StatusSource): Answer {
  const { workerRunning, workerSilentMs } = source.health();
  const healthy = workerRunning && workerSilentMs < HEALTH_WORKER_SILENT_MS;
  return json(healthy ? 200 : 503, { healthy, workerRunning, workerSilentMs });
}

function isReady(details: ReadinessDetails): boolean {
  return details.recovered && details.listeners.every((listener) => listener.listening);
}

function totals(status: GatewayStatus): Record<string, number> {
  const counts: Record<string, number> = {
    ...status.path,
    flashBytes: status.store.flashBytes,
  };
  for (const source of status.sources) counts[`source ${source.name}`] = source.received;
  return counts;
}

function ok(type: string, body: string): Answer {
  return { status: 200, type, body };
}

/** What is undefined here is null there: a reader finds every key. */
function json(status: number, value: unknown): Answer {
  const body = JSON.stringify(value, (_, each: unknown) => (each === undefined ? null : each));
  return { status, type: "application/json", body: `${body}\n` };
}
