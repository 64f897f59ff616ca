// Devices for Home Assistant: whose topic comes by a broker is described at that broker, where Home Assistant reads the
// device's own messages; alarms of profiles and results of rules are told there, as they are after each commit. A description
// that this gateway has left there is brought up to date, or taken away when its profile is gone or no longer publishes. Where
// none publishes any longer, the brokers are asked once more, by the note of what was published (discovery-note.ts).

import type { GatewayConfig } from "../config/gateway.ts";
import { publishedAlarms } from "../config/home-assistant/alarms.ts";
import { availabilityTopic } from "../config/home-assistant/availability.ts";
import { discoveryOf, ownedBy } from "../config/home-assistant/discovery.ts";
import type { Discovery } from "../config/home-assistant/discovery.ts";
import { publishedResults } from "../config/home-assistant/results.ts";
import { gatewayTopic, isToldOf, toldTopic } from "../config/home-assistant/topics.ts";
import type { Profile } from "../config/profile.ts";
import type { Logger } from "../core/log.ts";
import { STRIDE, TOPIC_MASK } from "../core/message-batch.ts";
import type { MessageBatch } from "../core/message-batch.ts";
import { metricSample } from "../core/metrics.ts";
import type { MetricSample, Told } from "../core/protocol.ts";
import { topicCaptures, topicMatches } from "../core/topic-filter.ts";
import type { RuleSet } from "../engine/rule-set.ts";
import type { RetainedPublisher } from "../ingest/retained-publisher.ts";
import { readNote, removeNote, writeNote } from "./discovery-note.ts";

export interface HomeAssistantOptions {
  readonly config: GatewayConfig;
  readonly profiles: readonly Profile[];
  readonly ruleSet: RuleSet;
  readonly version: string;
  readonly logger: Logger;
}

/** Longer than a broker takes to send what it retains. */
const QUIET_MS = 5_000;

export class HomeAssistant {
  readonly #options: HomeAssistantOptions;
  /** Those that publish. */
  readonly #profiles: readonly Profile[];
  /** What is told of their rules. */
  readonly #rules: { readonly alarm: readonly string[]; readonly result: readonly string[] };
  /** By source. */
  readonly #publishers = new Map<string, RetainedPublisher>();

  constructor(options: HomeAssistantOptions) {
    this.#options = options;
    this.#profiles = options.profiles.filter((each) => prefixOf(each) !== undefined);
    this.#rules = {
      alarm: publishedAlarms(this.#profiles),
      result: publishedResults(this.#profiles),
    };
  }

  /** Begins to connect to the brokers, if there is anything to be published, or taken away. */
  async start(): Promise<void> {
    const { config, logger } = this.#options;
    const brokers = config.mqtt.filter((entry) => entry.kind === "client");
    if (brokers.length === 0) return;
    const noted = await readNote(config.data);
    const prefixes = [
      ...new Set([...noted, ...this.#profiles.flatMap((each) => prefixOf(each) ?? [])]),
    ];
    if (prefixes.length === 0) return;
    if (prefixes.length > noted.length) this.#note(writeNote(config.data, prefixes));
    // MQTT.js is a tenth of the program: it is loaded by those who need it.
    const { RetainedPublisher } = await import("../ingest/retained-publisher.ts");
    const { id } = config.gateway;
    const discovery = prefixes.map((prefix) => `${prefix}/device/+/config`);
    const filters = [...discovery, `${gatewayTopic(id)}/#`];
    const isLeaving = this.#profiles.length === 0;
    const own = availabilityTopic(id);
    for (const entry of brokers) {
      const publisher = new RetainedPublisher({
        entry,
        filters,
        will: isLeaving ? undefined : { topic: own, payload: "offline" },
        quiet: isLeaving ? { afterMs: QUIET_MS, call: () => this.#leave(entry.name) } : undefined,
        logger,
        judge: (topic, payload) => this.#judge(topic, payload),
      });
      this.#publishers.set(entry.name, publisher);
      if (!isLeaving) publisher.want(own, "online");
      publisher.start();
    }
  }

  /** Describes the devices whose topics are new with this batch. */
  saw(batch: MessageBatch): void {
    if (this.#profiles.length === 0 || batch.topicNames.size === 0) return;
    const words = new Uint32Array(batch.words);
    const seen = new Set<number>();
    for (let i = 0; i < batch.count; i++) {
      const index = (words[i * STRIDE + 1] as number) & TOPIC_MASK;
      if (seen.has(index)) continue;
      seen.add(index);
      const topic = batch.topicNames.get(batch.topicIds[index] as number);
      const client = batch.clients[(words[i * STRIDE + 3] as number) >>> 16];
      const publisher = this.#publishers.get(client?.source ?? "");
      const discovery = topic === undefined ? undefined : this.#discovery(topic);
      if (discovery !== undefined) publisher?.want(discovery.topic, textOf(discovery));
    }
  }

  /** After a commit. A kill before it is told leaves what was told before, until the next change. */
  tell({ alarms, results }: Told): void {
    const { id } = this.#options.config.gateway;
    for (const publisher of this.#publishers.values()) {
      for (const { rule, series: device, isRaised } of alarms) {
        publisher.want(toldTopic(id, "alarm", { rule, device }), isRaised ? "ON" : "OFF");
      }
      for (const { rule, device, row } of results) {
        publisher.renew(toldTopic(id, "result", { rule, device }), row);
      }
    }
  }

  get samples(): MetricSample[] {
    return Array.from(this.#publishers.values()).flatMap(({ name: source, stats, waiting }) => [
      metricSample("headrace_discovery_waiting", waiting, { source }),
      metricSample("headrace_discovery_published_total", stats.published, { source }),
      metricSample("headrace_discovery_dropped_total", stats.dropped, { source }),
    ]);
  }

  async stop(): Promise<void> {
    await Promise.all(Array.from(this.#publishers.values(), (publisher) => publisher.stop()));
  }

  /** A broker has nothing of ours any longer. */
  #leave(source: string): void {
    const { config } = this.#options;
    void this.#publishers.get(source)?.stop();
    this.#publishers.delete(source);
    if (this.#publishers.size === 0) this.#note(removeNote(config.data));
  }

  /** Without its note, documents may stay when the last profile stops to publish: no reason not to run. */
  #note(work: Promise<void>): void {
    work.catch((error: Error) => {
      this.#options.logger.warn("what is published cannot be noted", { problem: error.message });
    });
  }

  #judge(topic: string, payload: string): string | undefined {
    const { id } = this.#options.config.gateway;
    if (topic === availabilityTopic(id)) return "";
    const isTold = isToldOf(id, this.#rules, topic);
    if (isTold !== undefined) return isTold ? payload : "";
    const stateTopic = ownedBy(id, payload);
    if (stateTopic === undefined) return undefined;
    const discovery = this.#discovery(stateTopic);
    return discovery?.topic === topic ? textOf(discovery) : "";
  }

  #discovery(topic: string): Discovery | undefined {
    const { config, version, ruleSet } = this.#options;
    for (const profile of this.#profiles) {
      const captures = topicCaptures(profile.topic, topic);
      const prefix = prefixOf(profile);
      if (captures === undefined || prefix === undefined) continue;
      if (profile.except.some((filter) => topicMatches(filter, topic))) continue;
      const owner = { gatewayId: config.gateway.id, rules: ruleSet.rules };
      return discoveryOf(profile, { prefix, topic, captures, version, owner });
    }
    return undefined;
  }
}

function prefixOf({ publish }: Profile): string | undefined {
  return publish?.homeAssistant?.prefix;
}

function textOf({ payload }: Discovery): string {
  return JSON.stringify(payload);
}
