// The retained messages of a broker, read once: what devices have announced about themselves.

import { GatewayError } from "../core/errors.ts";
import { IMPORT_BYTES, IMPORT_MESSAGES } from "../core/limits.ts";
import { mqtt } from "./mqttjs.ts";
import type { MqttClient } from "./mqttjs.ts";

/** A broker sends what it retains at once; nothing for this long after the last one is the end. */
const QUIET_MS = 1000;
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Retained payloads by topic. User name and password stand in the URL. Throws blame `external` when the broker cannot
 * be reached or refuses, and when it retains more than the limits.
 */
export async function readRetained(
  url: string,
  filters: readonly string[],
): Promise<Map<string, Buffer>> {
  const client = mqtt.connect(url, {
    protocolVersion: 4,
    reconnectPeriod: 0,
    connectTimeout: CONNECT_TIMEOUT_MS,
  });
  try {
    return await gather(client, filters);
  } catch (cause) {
    if (cause instanceof GatewayError) throw cause;
    throw failed(`cannot read from the broker: ${(cause as Error).message}`, cause);
  } finally {
    await client.endAsync(true);
  }
}

function gather(client: MqttClient, filters: readonly string[]): Promise<Map<string, Buffer>> {
  const { promise, resolve, reject } = Promise.withResolvers<Map<string, Buffer>>();
  const retained = new Map<string, Buffer>();
  let bytes = 0;
  let quiet: NodeJS.Timeout | undefined;
  const wait = (): void => {
    clearTimeout(quiet);
    quiet = setTimeout(() => resolve(retained), QUIET_MS);
  };
  client.on("message", (topic, payload, { retain }) => {
    if (!retain) return;
    bytes += payload.length;
    retained.set(topic, payload);
    if (bytes > IMPORT_BYTES || retained.size > IMPORT_MESSAGES) {
      reject(
        failed(`the broker retains more than ${IMPORT_MESSAGES} messages or ${IMPORT_BYTES} bytes`),
      );
    }
    wait();
  });
  client.once("error", reject);
  client.once("close", () => reject(new Error("the connection was closed")));
  client.once("connect", () => {
    client.subscribe([...filters], { qos: 0 }, (error) => {
      if (error === null) wait();
      else reject(error);
    });
  });
  return promise.finally(() => clearTimeout(quiet));
}

function failed(message: string, cause?: unknown): GatewayError {
  return new GatewayError(message, {
    code: "INPUT_UNREADABLE",
    blame: "external",
    ...(cause === undefined ? {} : { cause }),
  });
}
