// What an operator is told while the uplink cannot work: status text, one line in the log, and alarms; and that it is over.

import type { Clock } from "../core/clock.ts";
import type { GatewayError } from "../core/errors.ts";
import { UPLINK_ALARM_AFTER_MS } from "../core/limits.ts";
import type { Logger } from "../core/log.ts";
import type { Auditor } from "./auditor.ts";
import { KAFKA_CODE, kafkaCodeOf } from "./kafka-error.ts";
import type { StatusBoard } from "./status.ts";

export interface OutageOptions {
  readonly board: StatusBoard;
  readonly auditor: Auditor;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Clocks that drift by less are as far apart as they were. */
const DRIFT_MS = 60_000;

export class Outage {
  readonly #options: OutageOptions;
  #sinceMs: number | undefined;
  /** What was told of clocks that are too far apart: each measurement is a little different. */
  #time: { readonly text: string; readonly aheadMs: number | undefined } | undefined;

  constructor(options: OutageOptions) {
    this.#options = options;
  }

  /** A session, or its opening, has ended in `error`. */
  failed(error: GatewayError): void {
    const { board, logger, clock } = this.#options;
    const isTime = kafkaCodeOf(error) === KAFKA_CODE.invalidTimestamp;
    const text = isTime ? this.#timeText(error) : textOf(error);
    const isNews = board.status.lastError !== text;
    board.update({ connected: false, delivery: undefined, lastError: text });
    const fields = { error: error.message, hint: error.hint, ...error.context };
    if (error.blame === "bug") logger.error("uplink failed", { ...fields, stack: error.stack });
    else if (isNews) logger.warn("uplink interrupted; rows stay in the outbox", fields);
    if (error.code === "KAFKA_REFUSED") board.alarm("uplink_refused", text);
    this.#sinceMs ??= clock.monotonicMs();
    if (clock.monotonicMs() - this.#sinceMs >= UPLINK_ALARM_AFTER_MS) {
      board.alarm("uplink_unreachable", text);
    }
  }

  /** A session is open. `isTaken`: and Kafka has taken records. */
  passed(isTaken: boolean): void {
    const { board, auditor } = this.#options;
    this.#sinceMs = undefined;
    board.alarm("uplink_unreachable", undefined);
    board.alarm("uplink_refused", undefined);
    if (isTaken) {
      this.#time = undefined;
      auditor.timeRefused(undefined);
    }
    // Without transactions nothing but a commit shows that the time is believed.
    if (this.#time === undefined) board.update({ lastError: undefined });
  }

  #timeText(error: GatewayError): string {
    const aheadMs = error.context["aheadMs"] as number | undefined;
    const told = this.#time;
    const isKnown =
      told !== undefined &&
      (aheadMs === undefined || Math.abs(aheadMs - (told.aheadMs ?? Infinity)) < DRIFT_MS);
    if (isKnown) return told.text;
    const text = textOf(error);
    this.#time = { text, aheadMs };
    this.#options.auditor.timeRefused(text);
    return text;
  }
}

function textOf({ message, hint }: GatewayError): string {
  return hint === undefined ? message : `${message}; ${hint}`;
}
