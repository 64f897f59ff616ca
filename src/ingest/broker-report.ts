// What the log says about the connection to a broker: one line per reason, not per attempt, and an error when the
// broker ends connections it had accepted again and again. Two clients with one id throw each other out like this: that
// is noticed at the third time within a minute.

import type { Clock } from "../core/clock.ts";
import type { Logger } from "../core/log.ts";
import type { Fault } from "./reason-codes.ts";

export interface ConnectionEnd {
  readonly error: Error | undefined;
  /** Reason codes of the broker's CONNACK and DISCONNECT, if they came. */
  readonly connackCode: number | undefined;
  readonly disconnectCode: number | undefined;
  readonly retryInMs: number;
}

/** As which a connection that the peer has closed may show, by who was first. */
const CLOSED_CODES: ReadonlySet<string | undefined> = new Set(["ECONNRESET", "EPIPE"]);

const SUSPICIOUS_ENDS = 3;
const SUSPICIOUS_MS = 60_000;

/** See the header. */
export class BrokerReport {
  /** Why there is no connection. */
  problem: string | undefined;
  readonly #entry: { readonly name: string; readonly url: string; readonly clientId: string };
  readonly #logger: Logger;
  readonly #clock: Clock;
  /** When the broker ended accepted connections lately. */
  #ends: number[] = [];

  constructor(
    entry: { readonly name: string; readonly url: string; readonly clientId: string },
    logger: Logger,
    clock: Clock,
  ) {
    this.#entry = entry;
    this.#logger = logger;
    this.#clock = clock;
  }

  accepted(sessionPresent: boolean): void {
    this.problem = undefined;
    const { name: source, url } = this.#entry;
    this.#logger.info("connected to the MQTT broker", { source, url, sessionPresent });
  }

  ended(end: ConnectionEnd): void {
    if (end.connackCode === 0) this.#noteEnd(end.disconnectCode);
    const code = end.connackCode === 0 ? end.disconnectCode : end.connackCode;
    const problem = reasonOf(end.error) ?? (code === undefined ? "connection closed" : "refused");
    if (problem === this.problem) return;
    this.problem = problem;
    this.#logger.warn("no connection to the MQTT broker", {
      source: this.#entry.name,
      url: this.#entry.url,
      reason: problem,
      reasonCode: code,
      retryInMs: end.retryInMs,
    });
  }

  /** The broker granted none of these filters. */
  refused(filters: readonly string[], reason: string | undefined): void {
    const { name: source } = this.#entry;
    this.#logger.warn("the MQTT broker refused subscriptions", { source, filters, reason });
  }

  fault(fault: Fault): void {
    this.#logger.warn("the MQTT broker broke the protocol", {
      source: this.#entry.name,
      reason: fault.text,
      reasonCode: fault.reasonCode,
    });
  }

  #noteEnd(disconnectCode: number | undefined): void {
    const nowMs = this.#clock.monotonicMs();
    this.#ends = [...this.#ends.filter((atMs) => nowMs - atMs < SUSPICIOUS_MS), nowMs];
    if (this.#ends.length < SUSPICIOUS_ENDS) return;
    this.#ends = [];
    this.#logger.error("the MQTT broker keeps ending the connection", {
      source: this.#entry.name,
      clientId: this.#entry.clientId,
      reasonCode: disconnectCode,
      hint: "Another client may use the same clientId; each needs its own.",
    });
  }
}

/** undefined: the peer has closed the connection. */
function reasonOf(error: NodeJS.ErrnoException | undefined): string | undefined {
  return CLOSED_CODES.has(error?.code) ? undefined : error?.message;
}
