// Bearer tokens for Kafka: from a file that somebody keeps fresh, or by client credentials from a token endpoint
// (RFC 6749 §4.4). A token is used until a fifth of its life is left, or too little for a session; then a new one is asked for, and while the
// endpoint does not answer the old one serves on for as long as it is valid.

import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";

import type { Clock } from "../core/clock.ts";
import { GatewayError } from "../core/errors.ts";
import {
  REAUTHENTICATE_MS,
  TOKEN_ANSWER_BYTES,
  TOKEN_LIFE_MS,
  TOKEN_TIMEOUT_MS,
} from "../core/limits.ts";

/** Read anew for every request: credentials may be renewed at any time. */
export interface TokenEndpoint {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope: string | undefined;
  /** PEM; undefined: the system's authorities. */
  readonly ca: string | undefined;
}

interface HeldToken {
  readonly value: string;
  readonly renewAtMs: number;
  readonly endsAtMs: number;
}

const RENEW_SHARE = 0.8;
/** A connection that authenticates anew must get a token that lasts for another session. */
const SESSION_MS = 2 * REAUTHENTICATE_MS;

export class TokenSource {
  readonly #endpoint: () => TokenEndpoint;
  readonly #clock: Clock;
  #held: HeldToken | undefined;
  #asking: Promise<HeldToken> | undefined;

  constructor(endpoint: () => TokenEndpoint, clock: Clock) {
    this.#endpoint = endpoint;
    this.#clock = clock;
  }

  /** A token that is valid now. Throws KAFKA_REFUSED when the endpoint refuses, KAFKA_UNAVAILABLE when it is away. */
  async token(): Promise<string> {
    const nowMs = this.#clock.monotonicMs();
    const held = this.#held;
    if (held !== undefined && nowMs < held.renewAtMs) return held.value;
    try {
      return (await this.#renew()).value;
    } catch (error) {
      if (held !== undefined && nowMs < held.endsAtMs) return held.value;
      throw error;
    }
  }

  /** One request at a time. */
  async #renew(): Promise<HeldToken> {
    this.#asking ??= this.#ask().finally(() => (this.#asking = undefined));
    return await this.#asking;
  }

  async #ask(): Promise<HeldToken> {
    const askedAtMs = this.#clock.monotonicMs();
    const { status, body } = await post(this.#endpoint());
    const answer = parse(body);
    const value = answer["access_token"];
    if (status !== 200 || typeof value !== "string" || value === "") {
      const why = typeof answer["error"] === "string" ? ` (${answer["error"].slice(0, 80)})` : "";
      throw failure(`the token endpoint answers ${status}${why}`, status < 500);
    }
    const seconds = Number(answer["expires_in"]);
    const lifeMs = seconds > 0 ? seconds * 1000 : TOKEN_LIFE_MS;
    this.#held = {
      value,
      renewAtMs: askedAtMs + Math.min(lifeMs * RENEW_SHARE, lifeMs - SESSION_MS),
      endsAtMs: askedAtMs + lifeMs,
    };
    return this.#held;
  }
}

async function post(endpoint: TokenEndpoint): Promise<{ status: number; body: string }> {
  const { clientId, clientSecret, scope, ca } = endpoint;
  const url = new URL(endpoint.url);
  const form = new URLSearchParams({ grant_type: "client_credentials" });
  if (scope !== undefined) form.set("scope", scope);
  const pair = [clientId, clientSecret].map(encodeURIComponent).join(":");
  const options = {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      accept: "application/json",
      authorization: `Basic ${Buffer.from(pair).toString("base64")}`,
    },
    signal: AbortSignal.timeout(TOKEN_TIMEOUT_MS),
  };
  const request =
    url.protocol === "http:"
      ? requestHttp(url, options)
      : requestHttps(url, { ...options, ...(ca === undefined ? {} : { ca }) });
  try {
    return await new Promise((resolve, reject) => {
      request.on("error", reject);
      request.on("response", (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (data: string) => {
          body += data;
          if (body.length > TOKEN_ANSWER_BYTES) response.destroy(new Error("too long an answer"));
        });
        response.on("error", reject);
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
      });
      request.end(form.toString());
    });
  } catch (error) {
    throw failure(`the token endpoint: ${(error as Error).message}`, false, error);
  }
}

function parse(body: string): Readonly<Record<string, unknown>> {
  try {
    return (JSON.parse(body) ?? {}) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function failure(message: string, isRefusal: boolean, cause?: unknown): GatewayError {
  return new GatewayError(message, {
    code: isRefusal ? "KAFKA_REFUSED" : "KAFKA_UNAVAILABLE",
    blame: "external",
    cause,
    ...(isRefusal && { hint: "see kafka.sasl.tokenEndpoint: client id, secret and scope" }),
  });
}
