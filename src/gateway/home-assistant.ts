// Devices for Home Assistant: whose topic comes by a broker is described at that broker, where Home Assistant reads the
// device's own messages; alarms of profiles are told there, as they are after each commit. A description that this gateway has left there is brought up to date, or taken away
// when its profile is gone or no longer publishes, as long as some profile does: without one no broker is asked.

import type { GatewayConfig } from "../config/gateway.ts";
import {
  alarmTopic,
  availabilityTopic,
  gatewayTopic,
  publishedAlarms,
  ruleOfTopic,
} from "../config/home-assistant/alarms.ts";
import { discoveryOf, ownedBy } from "../config/home-assistant/discovery.ts";
import type { Discovery } from "../config/home-assistant/discovery.ts";
import type { Profile } from "../config/profile.ts";
import type { Logger } from "../core/log.ts";
import { STRIDE, TOPIC_MASK } from "../core/message-batch.ts";
import type { MessageBatch } from "../core/message-batch.ts";
import { metricSample } from "../core/metrics.ts";
import type { AlarmTold, MetricSample } from "../core/protocol.ts";
import { topicCaptures, topicMatches } from "../core/topic-filter.ts";
import type { RetainedPublisher } from "../ingest/retained-publisher.ts";

export interface HomeAssistantOptions {
  readonly config: GatewayConfig;
  readonly profiles: readonly Profile[];
  readonly version: string;
  readonly logger: Logger;
}

export class HomeAssistant {
  readonly #options: HomeAssistantOptions;
  /** Those that publish. */
  readonly #profiles: readonly Profile[];
  /** Their rules. */
  readonly #alarms: readonly string[];
  /** By source. */
  readonly #publishers = new Map<string, RetainedPublisher>();

  constructor(options: HomeAssistantOptions) {
    this.#options = options;
    this.#profiles = options.profiles.filter((each) => prefixOf(each) !== undefined);
    this.#alarms = publishedAlarms(this.#profiles);
  }

  /** Begins to connect to the brokers, if there is anything to be published. */
  async start(): Promise<void> {
    if (this.#profiles.length === 0) return;
    // MQTT.js is a tenth of the program: it is loaded by those who need it.
    const { RetainedPublisher } = await import("../ingest/retained-publisher.ts");
    const { config, logger } = this.#options;
    const prefixes = new Set(this.#profiles.map(prefixOf));
    const { id } = config.gateway;
    const discovery = Array.from(prefixes, (prefix) => `${prefix}/device/+/config`);
    const filters = [...discovery, `${gatewayTopic(id)}/#`];
    const will = { topic: availabilityTopic(id), payload: "offline" };
    for (const entry of config.mqtt) {
      if (entry.kind !== "client") continue;
      const judge = (topic: string, payload: string): string | undefined =>
        this.#judge(topic, payload);
      const publisher = new RetainedPublisher({ entry, filters, will, logger, judge });
      this.#publishers.set(entry.name, publisher);
      publisher.want(will.topic, "online");
      publisher.start();
    }
  }

  /** Describes the devices whose topics are new with this batch. */
  saw(batch: MessageBatch): void {
    if (this.#publishers.size === 0 || batch.topicNames.size === 0) return;
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

  /** After a commit. A kill before it is told leaves what was told before, until the alarm changes again. */
  tell(alarms: readonly AlarmTold[]): void {
    const { id } = this.#options.config.gateway;
    for (const { rule, series, isRaised } of alarms) {
      const topic = alarmTopic(id, rule, series);
      for (const publisher of this.#publishers.values()) {
        publisher.want(topic, isRaised ? "ON" : "OFF");
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

  #judge(topic: string, payload: string): string | undefined {
    const rule = ruleOfTopic(this.#options.config.gateway.id, topic);
    if (rule !== undefined) return this.#alarms.includes(rule) ? payload : "";
    const stateTopic = ownedBy(this.#options.config.gateway.id, payload);
    if (stateTopic === undefined) return undefined;
    const discovery = this.#discovery(stateTopic);
    return discovery?.topic === topic ? textOf(discovery) : "";
  }

  #discovery(topic: string): Discovery | undefined {
    const { config, version } = this.#options;
    for (const profile of this.#profiles) {
      const captures = topicCaptures(profile.topic, topic);
      const prefix = prefixOf(profile);
      if (captures === undefined || prefix === undefined) continue;
      if (profile.except.some((filter) => topicMatches(filter, topic))) continue;
      const owner = config.gateway.id;
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
