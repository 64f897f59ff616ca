// Which guarantee a session gives. Exactly-once needs transactions; a cluster that refuses them gets at-least-once if
// the operator allows it, and is asked again at every opening.

import type { DeliveryMode } from "../core/delivery.ts";
import { GatewayError } from "../core/errors.ts";
import { IdempotentProducer } from "./idempotent-producer.ts";
import type { KafkaClient } from "./kafka-client.ts";
import { kafkaCodeOf, KAFKA_CODE } from "./kafka-error.ts";
import { TransactionalProducer } from "./producer.ts";

export interface DeliveryOptions {
  readonly mode: DeliveryMode;
  readonly gatewayId: string;
  readonly progressTopic: string;
  readonly transactionTimeoutMs: number;
  readonly wallMs: () => number;
}

export interface OpenedProducer {
  readonly producer: TransactionalProducer | IdempotentProducer;
  /** Why it is not exactly-once though that was wanted. */
  readonly degraded: string | undefined;
}

/** Opens the best producer that configuration and cluster allow. */
export async function openProducer(
  client: KafkaClient,
  options: DeliveryOptions,
): Promise<OpenedProducer> {
  if (options.mode === "at-least-once") {
    return { producer: await IdempotentProducer.init(client, options), degraded: undefined };
  }
  const { versions } = await client.anyBroker();
  const isUnknown = TRANSACTION_APIS.some((api) => versions?.[api] === undefined);
  if (isUnknown) return await settle(client, options, "the cluster knows no transactions");
  try {
    const transactionalId = `headrace-${options.gatewayId}`;
    const producer = await TransactionalProducer.init(client, { ...options, transactionalId });
    return { producer, degraded: undefined };
  } catch (error) {
    const code = kafkaCodeOf(error);
    if (code === undefined || !REFUSALS.has(code)) throw error;
    return await settle(client, options, `the cluster refuses transactions (Kafka code ${code})`);
  }
}

/** InitProducerId, AddPartitionsToTxn, EndTxn. */
const TRANSACTION_APIS = [22, 24, 26];

async function settle(
  client: KafkaClient,
  options: DeliveryOptions,
  degraded: string,
): Promise<OpenedProducer> {
  if (options.mode === "exactly-once") throw refused(degraded);
  return { producer: await IdempotentProducer.init(client, options), degraded };
}

/** Not for now, but by what the cluster is or may do for this user. */
const REFUSALS: ReadonlySet<number> = new Set([
  KAFKA_CODE.transactionalIdAuthorizationFailed,
  KAFKA_CODE.unsupportedVersion,
  KAFKA_CODE.invalidRequest,
]);

function refused(why: string): GatewayError {
  return new GatewayError(why, {
    code: "KAFKA_REFUSED",
    blame: "external",
    hint:
      "allow the gateway's Kafka user to write and describe the transactional id headrace-<gateway id>, " +
      "or set kafka.delivery: prefer-exactly-once",
  });
}
