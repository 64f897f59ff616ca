// What can go wrong with Kafka, as GatewayErrors of blame `external`: the uplink throws its producer away and
// opens again. Kafka's own numeric code, where there is one, stands in `context.kafkaCode`.

import { formatDuration } from "../core/duration.ts";
import { GatewayError } from "../core/errors.ts";

/** The codes of the Kafka protocol that change what the uplink does. @see kafka.apache.org/protocol#protocol_error_codes */
export const KAFKA_CODE = {
  offsetOutOfRange: 1,
  unknownTopicOrPartition: 3,
  leaderNotAvailable: 5,
  notLeader: 6,
  requestTimedOut: 7,
  messageTooLarge: 10,
  networkException: 13,
  coordinatorLoadInProgress: 14,
  coordinatorNotAvailable: 15,
  notCoordinator: 16,
  recordListTooLarge: 18,
  notEnoughReplicas: 19,
  notEnoughReplicasAfterAppend: 20,
  invalidTimestamp: 32,
  unsupportedVersion: 35,
  topicAlreadyExists: 36,
  invalidRequest: 42,
  duplicateSequence: 46,
  invalidProducerEpoch: 47,
  concurrentTransactions: 51,
  transactionalIdAuthorizationFailed: 53,
  producerFenced: 90,
} as const;

/** Not authenticated, or not authorized: for a topic, a group, the cluster, a transactional id. */
const REFUSED_CODES: ReadonlySet<number> = new Set([29, 30, 31, 53, 58]);

/** Kafka answered `api` with an error code. 47 and 90 become KAFKA_FENCED: time-out or take-over, it does not tell. */
export function kafkaAnswer(api: string, kafkaCode: number): GatewayError {
  if (kafkaCode === KAFKA_CODE.invalidTimestamp) return timeRefused(undefined);
  const fenced =
    kafkaCode === KAFKA_CODE.invalidProducerEpoch || kafkaCode === KAFKA_CODE.producerFenced;
  const refused = REFUSED_CODES.has(kafkaCode) ? "KAFKA_REFUSED" : "KAFKA_UNAVAILABLE";
  return new GatewayError(`Kafka refused ${api} with code ${kafkaCode}`, {
    code: fenced ? "KAFKA_FENCED" : refused,
    blame: "external",
    context: { api, kafkaCode },
  });
}

/**
 * Kafka refuses the time that records bear, which is the gateway's. `aheadMs` of the broker's clock, negative: behind;
 * undefined: not known.
 */
export function timeRefused(aheadMs: number | undefined): GatewayError {
  const message =
    aheadMs === undefined
      ? "Kafka refuses the time of this gateway's records: its clock and the broker's are too far apart"
      : `the gateway's clock is ${formatDuration(Math.abs(aheadMs))} ${aheadMs < 0 ? "behind" : "ahead of"} the broker's, and Kafka refuses records of such a time`;
  return new GatewayError(message, {
    code: "KAFKA_UNAVAILABLE",
    blame: "external",
    hint:
      "set the gateway's clock, or the broker's if that is the wrong one " +
      "(how far ahead records may be is log.message.timestamp.after.max.ms of the broker)",
    context: { kafkaCode: KAFKA_CODE.invalidTimestamp, aheadMs },
  });
}

/** Kafka's code in an error made by `kafkaAnswer` or by the client library, else undefined. */
export function kafkaCodeOf(error: unknown): number | undefined {
  if (!(error instanceof GatewayError)) return undefined;
  const code = error.context["kafkaCode"] ?? (error.cause as { code?: unknown } | undefined)?.code;
  return typeof code === "number" ? code : undefined;
}

/** Kafka did not answer in time. */
export function isTimeout(error: unknown): boolean {
  return error instanceof GatewayError && error.context["timedOut"] === true;
}

/**
 * Whatever a step threw, as a GatewayError; errors of the client library keep their text. KAFKA_REFUSED: no waiting
 * helps, somebody has to renew credentials, certificates or rights.
 */
export function asFailure(step: string, error: unknown): GatewayError {
  const own = causes(error).find((each) => each instanceof GatewayError);
  if (own !== undefined) return own;
  const text = error instanceof Error ? error.message : String(error);
  return new GatewayError(`${step}: ${text.replace(OPENSSL_TEXT, "TLS: $1")}`, {
    code: causes(error).some(isRefusal) ? "KAFKA_REFUSED" : "KAFKA_UNAVAILABLE",
    blame: "external",
    cause: error,
  });
}

/** The error, and what it wraps. */
function causes(error: unknown): unknown[] {
  const chain: unknown[] = [];
  for (let each = error; each instanceof Error && chain.length < 8; each = each.cause) {
    chain.push(each);
  }
  return chain;
}

/** By what the client library and Node's TLS call it. */
function isRefusal(error: unknown): boolean {
  const { name, code } = error as { readonly name?: string; readonly code?: unknown };
  if (name === "KafkaJSSASLAuthenticationError") return true;
  if (typeof code === "number") return REFUSED_CODES.has(code);
  return typeof code === "string" && TLS_CODE.test(code);
}

/** `thread:error:code:SSL routines:function:reason:file:line:SSL alert number 42`: the reason will do. */
const OPENSSL_TEXT = /[0-9A-F]+:error:[0-9A-F]+:SSL routines:[^:]*:([^:]+):.*/s;

/** Certificates that do not verify (of the broker), and alerts (about ours). */
const TLS_CODE = /^(?:ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|EPROTO$)/;

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
