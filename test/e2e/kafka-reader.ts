// Reads topics back as Flink would: a read_committed consumer from the beginning, until nothing more comes. The client
// is kafkajs as it is published (its timer aside, kit/kafka/reader.ts): nothing of the uplink's reading or writing. An open
// transaction holds back what is behind it: that shows as lost rows.

import kafkajs from "kafkajs";
import type { ActualRow } from "../../firmware-sim/checker/check.ts";

/** Empty fetches in a row that mean the end; each waits this long at the broker. */
const EMPTY_FETCHES = 6;
const FETCH_WAIT_MS = 500;

/** A group's coordinator may still be loading, after a restart of the broker for instance. */
const TRIES = 5;

/** All committed records of existing topics, each partition in its order. */
export async function readAsFlink(
  bootstrap: string,
  topics: readonly string[],
): Promise<ActualRow[]> {
  for (let left = TRIES - 1; ; left--) {
    try {
      return await consume(bootstrap, topics);
    } catch (error) {
      if (left === 0 || (error as { retriable?: boolean }).retriable !== true) throw error;
    }
  }
}

async function consume(bootstrap: string, topics: readonly string[]): Promise<ActualRow[]> {
  const kafka = new kafkajs.Kafka({
    brokers: [bootstrap],
    clientId: "e2e-reader",
    // It reports its own retries as errors; what matters ends the reading by CRASH.
    logLevel: kafkajs.logLevel.NOTHING,
  });
  const consumer = kafka.consumer({
    groupId: `e2e-reader-${process.pid}-${performance.now()}`,
    maxWaitTimeInMs: FETCH_WAIT_MS,
    readUncommitted: false,
  });
  const rows: ActualRow[] = [];
  const end = Promise.withResolvers<void>();
  let empty = 0;
  consumer.on(consumer.events.FETCH, ({ payload }) => {
    empty = payload.numberOfBatches === 0 ? empty + 1 : 0;
    if (empty >= EMPTY_FETCHES) end.resolve();
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => end.reject(payload.error));
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ topic, message }) => {
        rows.push(rowOf(topic, message));
        await Promise.resolve();
      },
    });
    await end.promise;
  } finally {
    await consumer.disconnect();
  }
  return rows;
}

function rowOf(topic: string, message: kafkajs.KafkaMessage): ActualRow {
  return {
    topic,
    key: message.key?.toString() ?? null,
    value: message.value?.toString() ?? "",
    headers: Object.fromEntries(
      Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)]),
    ),
  };
}
