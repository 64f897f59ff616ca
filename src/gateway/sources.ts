// The `mqtt:` entries as running sources: listeners that devices connect to, and clients of brokers.

import type { MqttEntry } from "../config/gateway.ts";
import type { RuleSet } from "../engine/rule-set.ts";
import type { MqttClientSource } from "../ingest/client.ts";
import { Listener } from "../ingest/listener.ts";
import type { SourceContext } from "../ingest/listener.ts";
import type { SourceStats } from "../ingest/stats.ts";

export interface Source {
  readonly name: string;
  readonly kind: "listener" | "client";
  readonly stats: SourceStats;
  /** Known after `start`. */
  readonly ready: { readonly name: string; readonly listen?: string; readonly url?: string };
  /** A listener is bound; a client has a session with its broker. */
  readonly up: boolean;
  readonly problem: string | undefined;
  /** Listeners: resolves when bound. Clients: begins to connect. */
  start(): Promise<void>;
  stopReading(): void;
  close(): Promise<void>;
}

export interface SourcesContext extends SourceContext {
  /** The topic filters an entry must deliver. */
  filters(entry: MqttEntry): readonly string[];
  /** The link of a client to its broker has gone up or down. */
  onLink(source: string, isUp: boolean): void;
}

/** Builds a source per entry; nothing is bound or connected yet. */
export async function makeSources(
  entries: readonly MqttEntry[],
  context: SourcesContext,
): Promise<Source[]> {
  const sources: Source[] = [];
  for (const entry of entries) {
    if (entry.kind === "listen") sources.push(listenerSource(new Listener(entry, context)));
    else {
      // MQTT.js is a tenth of the program: it is loaded by those who have a broker.
      const { MqttClientSource } = await import("../ingest/client.ts");
      const client = new MqttClientSource(entry, {
        ...context,
        filters: context.filters(entry),
        onLink: (isUp) => context.onLink(entry.name, isUp),
      });
      sources.push(clientSource(entry.url, client));
    }
  }
  return sources;
}

function listenerSource(listener: Listener): Source {
  let address: string | undefined;
  return {
    name: listener.name,
    kind: "listener",
    stats: listener.stats,
    get ready() {
      return { name: listener.name, listen: address ?? "" };
    },
    get up() {
      return address !== undefined;
    },
    problem: undefined,
    async start() {
      const { host, port } = await listener.listen();
      address = `${host.includes(":") ? `[${host}]` : host}:${port}`;
    },
    stopReading: () => listener.stopReading(),
    close: () => listener.close(),
  };
}

function clientSource(url: string, client: MqttClientSource): Source {
  return {
    name: client.name,
    kind: "client",
    stats: client.stats,
    ready: { name: client.name, url },
    get up() {
      return client.connected;
    },
    get problem() {
      return client.problem;
    },
    async start() {
      client.start();
    },
    stopReading: () => client.stopReading(),
    close: () => client.close(),
  };
}

/** The topic filters a source must deliver: those of every table that reads from it. */
export function filtersOf(entry: Pick<MqttEntry, "name">, ruleSet: RuleSet): string[] {
  const filters = new Set<string>();
  for (const { table } of ruleSet.tables) {
    const { source = entry.name, topic } = table.options;
    if (source !== entry.name) continue;
    if (topic !== undefined) filters.add(topic);
  }
  return [...filters].sort();
}
