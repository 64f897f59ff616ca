// What can go wrong with Kafka, as GatewayErrors of blame `external`: the uplink throws its producer away and
// opens again. Kafka's own numeric code, where there is one, stands in `context.kafkaCode`.

import { GatewayError } from "../core/errors.ts";

/** The codes of the Kafka protocol that change what the uplink does. @see kafka.apache.org/protocol#protocol_error_codes */
export const KAFKA_CODE = {
  offsetOutOfRange: 1,
  unknownTopicOrPartition: 3,
  leaderNotAvailable: 5,
  messageTooLarge: 10,
  coordinatorLoadInProgress: 14,
  coordinatorNotAvailable: 15,
  notCoordinator: 16,
  recordListTooLarge: 18,
  invalidTimestamp: 32,
  topicAlreadyExists: 36,
  invalidProducerEpoch: 47,
  concurrentTransactions: 51,
  producerFenced: 90,
} as const;

/** Kafka answered `api` with an error code. 47 and 90 become KAFKA_FENCED: time-out or take-over, it does not tell. */
export function kafkaAnswer(api: string, kafkaCode: number): GatewayError {
  const fenced =
    kafkaCode === KAFKA_CODE.invalidProducerEpoch || kafkaCode === KAFKA_CODE.producerFenced;
  return new GatewayError(`Kafka refused ${api} with code ${kafkaCode}`, {
    code: fenced ? "KAFKA_FENCED" : "KAFKA_UNAVAILABLE",
    blame: "external",
    context: { api, kafkaCode },
    ...(kafkaCode === KAFKA_CODE.invalidTimestamp && {
      hint: "set the gateway's clock: it is far ahead of the broker's",
    }),
  });
}

/** The code in an error made by `kafkaAnswer`, else undefined. */
export function kafkaCodeOf(error: unknown): number | undefined {
  if (!(error instanceof GatewayError)) return undefined;
  const code = error.context["kafkaCode"];
  return typeof code === "number" ? code : undefined;
}

/** Kafka did not answer in time. */
export function isTimeout(error: unknown): boolean {
  return error instanceof GatewayError && error.context["timedOut"] === true;
}

/** Whatever a step threw, as a GatewayError; errors of the client library keep their text. */
export function asFailure(step: string, error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new GatewayError(`${step}: ${text}`, {
    code: "KAFKA_UNAVAILABLE",
    blame: "external",
    cause: error,
  });
}

/** The result of `work`, or an error that `isTimeout` knows when it takes longer than `limitMs`. */
export async function within<T>(limitMs: number, step: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new GatewayError(`${step}: no answer within ${limitMs} ms`, {
            code: "KAFKA_UNAVAILABLE",
            blame: "external",
            context: { timedOut: true },
          }),
        ),
      limitMs,
    );
  });
  try {
    return await Promise.race([work, timeout]);
  } catch (error) {
    throw asFailure(step, error);
  } finally {
    clearTimeout(timer);
  }
}
