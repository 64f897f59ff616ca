// Which topics exist, and making those that do not. `createTopics: false`: a missing topic stays missing until an
// operator makes it.

import { GatewayError } from "../core/errors.ts";
import { PROGRESS_PARTITIONS } from "../core/limits.ts";
import type { KafkaClient } from "./kafka-client.ts";
import { kafkaAnswer, KAFKA_CODE } from "./kafka-error.ts";

const REPLICAS = 3;
const CREATE_TIMEOUT_MS = 8000;
/** A new topic takes a moment to reach the metadata of every broker. */
const APPEAR_ROUNDS = 40;
const APPEAR_WAIT_MS = 50;
const BROKER_DEFAULT = -1;

export interface TopicsWanted {
  readonly topics: readonly string[];
  /** Created as a compacted topic; every other as a plain one with the broker's default partitions. */
  readonly progressTopic: string;
  readonly create: boolean;
}

/**
 * Follows `topics` in the client's metadata, made first if need be. Returns those that are still missing.
 * @throws GatewayError KAFKA_UNAVAILABLE when Kafka refuses to describe or to create one.
 */
export async function ensureTopics(client: KafkaClient, wanted: TopicsWanted): Promise<string[]> {
  let missing = await missingOf(client, wanted.topics);
  if (missing.length === 0 || !wanted.create) return missing;
  await createTopics(client, missing, wanted.progressTopic);
  for (let round = 0; missing.length > 0; round++) {
    if (round === APPEAR_ROUNDS) return missing;
    await new Promise((resolve) => setTimeout(resolve, APPEAR_WAIT_MS));
    missing = await missingOf(client, missing, NOT_YET);
  }
  return missing;
}

const UNKNOWN: ReadonlySet<number> = new Set([KAFKA_CODE.unknownTopicOrPartition]);
const NOT_YET: ReadonlySet<number> = new Set([
  KAFKA_CODE.unknownTopicOrPartition,
  KAFKA_CODE.leaderNotAvailable,
]);

async function missingOf(
  client: KafkaClient,
  topics: readonly string[],
  tolerated = UNKNOWN,
): Promise<string[]> {
  const missing: string[] = [];
  for (const [topic, state] of await client.describe(topics)) {
    if ("partitions" in state) continue;
    if (!tolerated.has(state.kafkaCode)) throw refused(topic, "describe", state.kafkaCode);
    missing.push(topic);
  }
  return missing;
}

async function createTopics(
  client: KafkaClient,
  topics: readonly string[],
  progressTopic: string,
): Promise<void> {
  const controller = await client.controller();
  const replicationFactor = Math.min(REPLICAS, client.brokerCount);
  // What is acknowledged must be on two machines, where there are enough of them.
  const durable =
    replicationFactor < REPLICAS
      ? []
      : [
          { name: "min.insync.replicas", value: "2" },
          { name: "unclean.leader.election.enable", value: "false" },
        ];
  const request = client.request<CreateAnswer>("CreateTopics", 3, {
    timeout: CREATE_TIMEOUT_MS,
    validateOnly: false,
    topics: topics.map((topic) =>
      topic === progressTopic
        ? {
            topic,
            replicationFactor,
            numPartitions: PROGRESS_PARTITIONS,
            configEntries: [...PROGRESS_CONFIG, ...durable],
          }
        : { topic, replicationFactor, numPartitions: BROKER_DEFAULT, configEntries: durable },
    ),
  });
  const answer = await client.send(controller, request);
  for (const { topic, errorCode } of answer.topicErrors) {
    if (errorCode === 0 || errorCode === KAFKA_CODE.topicAlreadyExists) continue;
    throw refused(topic, "create", errorCode);
  }
}

/** Segments roll hourly, since an active one is never compacted; the records must stay readable without snappy. */
const PROGRESS_CONFIG = [
  { name: "cleanup.policy", value: "compact" },
  { name: "segment.ms", value: "3600000" },
  { name: "min.cleanable.dirty.ratio", value: "0.1" },
  { name: "compression.type", value: "producer" },
];

function refused(topic: string, what: string, kafkaCode: number): GatewayError {
  return new GatewayError(`Kafka refused to ${what} topic ${topic} with code ${kafkaCode}`, {
    code: "KAFKA_UNAVAILABLE",
    blame: "external",
    cause: kafkaAnswer("Metadata", kafkaCode),
    hint: "check the topic's name and the permissions of the gateway's Kafka user",
    context: { topic, kafkaCode },
  });
}

interface CreateAnswer {
  readonly topicErrors: readonly { readonly topic: string; readonly errorCode: number }[];
}
