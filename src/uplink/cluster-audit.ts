// A look at the cluster for what harms readers and is nobody's error yet: transactions that hang (readers of committed
// rows stop there), a progress topic that is not compacted (it would forget what has been sent), and how long topics
// keep their rows. What a broker refuses to tell, or does not know, is left out: it takes rights that a gateway need not
// have, and another broker than Kafka's ends the connection of who asks for what it does not know.

import {
  DESCRIBE_PRODUCERS,
  describeProducersRequest,
  type OpenTransaction,
} from "./describe-producers.ts";
import type { KafkaClient } from "./kafka-client.ts";
import type { KafkajsBroker } from "./kafkajs.ts";

export interface ClusterAudit {
  /** By topic, how long a row is kept. */
  readonly retentionMs: ReadonlyMap<string, number>;
  /** Transactions under way in their partitions. */
  readonly open: readonly OpenTransaction[];
  /** Undefined: not known. */
  readonly isProgressCompacted: boolean | undefined;
}

export interface AuditOptions {
  readonly topics: readonly string[];
  readonly progressTopic: string;
}

const DESCRIBE_CONFIGS = 32;
const TOPIC = 2;
const CLEANUP = "cleanup.policy";
const RETENTION = "retention.ms";

/** `topics` must be followed by the client. Rejects when a broker does not answer at all. */
export async function auditCluster(
  client: KafkaClient,
  { topics, progressTopic }: AuditOptions,
): Promise<ClusterAudit> {
  const all = [...new Set([...topics, progressTopic])].filter(
    (topic) => client.partitions(topic) > 0,
  );
  const configs = await describeTopics(client, all);
  const open = await openTransactions(client, all);
  const retentionMs = new Map<string, number>();
  for (const topic of topics) {
    const ms = Number(configs.get(topic)?.get(RETENTION) ?? -1);
    const isDeleted = configs.get(topic)?.get(CLEANUP)?.includes("delete") === true;
    if (isDeleted && ms >= 0) retentionMs.set(topic, ms);
  }
  const policy = configs.get(progressTopic)?.get(CLEANUP);
  return {
    retentionMs,
    open,
    isProgressCompacted: policy === undefined ? undefined : policy === "compact",
  };
}

async function describeTopics(
  client: KafkaClient,
  topics: readonly string[],
): Promise<Map<string, Map<string, string>>> {
  const broker = await client.anyBroker();
  if (broker.versions?.[DESCRIBE_CONFIGS] === undefined) return new Map();
  const configNames = [CLEANUP, RETENTION];
  const resources = topics.map((name) => ({ type: TOPIC, name, configNames }));
  const fields = { resources, includeSynonyms: false };
  const request = client.request<ConfigsAnswer>("DescribeConfigs", 1, fields);
  const answer = await client.send(broker, request);
  const known = answer.resources.filter(({ errorCode }) => errorCode === 0);
  return new Map(
    known.map(({ resourceName, configEntries }) => [
      resourceName,
      new Map(configEntries.map(({ configName, configValue }) => [configName, configValue])),
    ]),
  );
}

/** Transactions that are open in partitions of `topics`, which the client follows. */
export async function openTransactions(
  client: KafkaClient,
  topics: readonly string[],
): Promise<OpenTransaction[]> {
  const byLeader = new Map<KafkajsBroker, Map<string, number[]>>();
  for (const topic of topics) {
    for (let partition = 0; partition < client.partitions(topic); partition++) {
      const leader = await client.leader(topic, partition);
      const ofLeader = byLeader.get(leader) ?? new Map<string, number[]>();
      byLeader.set(leader, ofLeader.set(topic, [...(ofLeader.get(topic) ?? []), partition]));
    }
  }
  const answers = await Promise.all(
    Array.from(byLeader, async ([leader, partitions]) => {
      if (leader.versions?.[DESCRIBE_PRODUCERS] === undefined) return [];
      return await client.send(leader, describeProducersRequest(partitions));
    }),
  );
  return answers.flat();
}

interface ConfigsAnswer {
  readonly resources: readonly {
    readonly errorCode: number;
    readonly resourceName: string;
    readonly configEntries: readonly {
      readonly configName: string;
      readonly configValue: string;
    }[];
  }[];
}
