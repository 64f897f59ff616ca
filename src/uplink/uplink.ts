// The uplink: outbox rows into Kafka, exactly once (durable in the outbox until a transaction with them, and one
// more, has committed). Runs on the main thread; Kafka's state never holds up anything else.
//
//   opening ──▶ forwarding ──▶ (any error) back-off ──▶ opening
//      │
//      └─▶ fenced: another live copy of this gateway forwards. Looks every 10 min, takes over when it is silent
//
// Two copies (a cloned card) fence each other with every InitProducerId. Error codes do not tell that from a
// transaction that took too long; the progress topic does: a record newer than our first opening, by another boot.

import type { Clock } from "../core/clock.ts";
import {
  TRANSACTION_TIMEOUT_MS,
  UPLINK_ALARM_AFTER_MS,
  UPLINK_BACKOFF_MAX_MS,
  UPLINK_BACKOFF_MS,
  UPLINK_FENCED_CHECK_MS,
} from "../core/limits.ts";
import type { Logger } from "../core/log.ts";
import type { Lane, LaneState, UndeliverableRow } from "../core/protocol.ts";
import { Forwarder } from "./forwarder.ts";
import type { KafkaAddress } from "./kafka-client.ts";
import { asFailure } from "./kafka-error.ts";
import type { OutboxReader } from "./lane-cursor.ts";
import type { ProgressRecord, UplinkOwner } from "./progress.ts";
import type { ProgressHint } from "./progress-reader.ts";
import { UplinkSession, type SessionOptions } from "./session.ts";
import {
  newUplinkStats,
  StatusBoard,
  type UplinkListeners,
  type UplinkStats,
  type UplinkStatus,
} from "./status.ts";
import { Backoff, Wake } from "./wake.ts";

export interface KafkaUplinkOptions extends UplinkListeners {
  readonly gatewayId: string;
  /** Asked at every opening: renewed credentials and certificates take effect without a restart. */
  readonly address: () => KafkaAddress;
  readonly owner: UplinkOwner;
  /** Kafka lanes in the order they leave. */
  readonly lanes: readonly Lane[];
  /** Topics that sinks write to; more may come with the rows. */
  readonly topics: readonly string[];
  readonly progressTopic: string;
  readonly createTopics: boolean;
  /** Default 15 s. */
  readonly transactionTimeoutMs?: number | undefined;
  readonly outbox: OutboxReader;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Rows that Kafka will never take; they count as forwarded. May tell of a row again after a restart. */
  readonly onUndeliverable: (rows: readonly UndeliverableRow[]) => void;
}

export class KafkaUplink {
  readonly stats: UplinkStats = newUplinkStats();
  readonly #options: KafkaUplinkOptions;
  readonly #board: StatusBoard;
  readonly #forwarder: Forwarder;
  readonly #backoff = new Backoff(UPLINK_BACKOFF_MS, UPLINK_BACKOFF_MAX_MS);
  readonly #pause = new Wake();
  readonly #abort = new AbortController();
  #loop: Promise<void> | undefined;
  #hint: ProgressHint | undefined;
  /** Offset of the newest progress record when this process first took over; undefined: take over next time. */
  #takenOverAt: number | undefined;
  #fencedBy: ProgressRecord | undefined;
  #failingSinceMs: number | undefined;
  #isStopping = false;

  constructor(options: KafkaUplinkOptions) {
    this.#options = options;
    this.#board = new StatusBoard(options);
    this.#forwarder = new Forwarder({
      ...options,
      transactionTimeoutMs: options.transactionTimeoutMs ?? TRANSACTION_TIMEOUT_MS,
      stats: this.stats,
      onMissingTopics: (topics) => this.#reportMissing(topics),
      onSlowRow: (detail) => this.#board.alarm("uplink_row_too_slow", detail),
      onCommitted: () => {
        this.#backoff.reset();
        this.#recovered();
      },
    });
  }

  get status(): UplinkStatus {
    return this.#board.status;
  }

  /** Rows in the outbox that are not known to be in Kafka: the backlog. */
  get undeliveredRows(): number {
    return this.#forwarder.undeliveredRows;
  }

  /** Begins to connect, and goes on trying until `stop`. */
  start(): void {
    this.#loop ??= this.#run();
  }

  /** Rows have become durable in these lanes. Cheap. */
  notify(lanes: readonly LaneState[]): void {
    this.#forwarder.note(lanes);
  }

  /** An operator says that this copy, not the other one, is to forward. */
  resume(): void {
    if (this.#fencedBy === undefined) return;
    this.#fencedBy = undefined;
    this.#takenOverAt = undefined;
    this.#pause.wake();
  }

  /**
   * Lets the transaction under way end, or gives it up; resolves within `deadlineMs` whatever Kafka does. Rows not
   * confirmed stay in the outbox, and the next start finds out which of them have reached Kafka.
   */
  async stop(deadlineMs: number): Promise<void> {
    this.#isStopping = true;
    this.#forwarder.stop();
    this.#pause.wake();
    await settled(this.#loop, deadlineMs * 0.75);
    this.#abort.abort();
    await settled(this.#loop, deadlineMs * 0.2);
    this.#board.update({ connected: false });
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      let session: UplinkSession | undefined;
      try {
        if (this.#fencedBy !== undefined) await this.#waitForSilence(this.#fencedBy);
        else if ((session = await this.#open()) !== undefined) await this.#forwarder.run(session);
      } catch (error) {
        if (!this.#isStopping) {
          this.#failed(error);
          await this.#pause.wait(this.#backoff.next());
        }
      } finally {
        session?.close();
      }
    }
  }

  /** A session to forward through, or undefined when another copy does that. */
  async #open(): Promise<UplinkSession | undefined> {
    const session = await UplinkSession.open(this.#sessionOptions(), {
      topics: async () => [
        ...new Set([...(await this.#forwarder.rewind()), ...this.#options.topics]),
      ],
      hint: this.#hint,
    });
    this.#hint = session.hint;
    this.stats.sessions++;
    const { newest } = session.progress;
    this.#takenOverAt ??= newest?.offset ?? -1;
    const { owner, logger } = this.#options;
    if (
      newest !== undefined &&
      newest.offset > this.#takenOverAt &&
      newest.owner.bootId !== owner.bootId
    ) {
      session.close();
      this.#fenced(newest);
      return undefined;
    }
    this.#board.update({ connected: true, fenced: false, lastError: undefined });
    this.#board.alarm("uplink_fenced", undefined);
    this.#reportMissing(session.missingTopics);
    this.#recovered();
    logger.info("uplink connected", { missingTopics: session.missingTopics });
    return session;
  }

  #fenced(by: ProgressRecord): void {
    this.#fencedBy = by;
    const { hwSerial, dataDirId, bootId, time } = by.owner;
    const detail = `gateway id ${this.#options.gatewayId} is also used by hardware ${hwSerial}, data directory ${dataDirId}`;
    this.#board.update({ connected: false, fenced: true, lastError: detail });
    this.#board.alarm("uplink_fenced", detail);
    this.#options.logger.error("another copy of this gateway forwards its rows; this one stops", {
      hwSerial,
      dataDirId,
      bootId,
      time,
      self: this.#options.owner,
    });
  }

  /** Looks, without fencing the other copy, whether it has written anything; when not, takes over. */
  async #waitForSilence(by: ProgressRecord): Promise<void> {
    await this.#pause.wait(UPLINK_FENCED_CHECK_MS);
    if (this.#isStopping || this.#fencedBy === undefined) return;
    const newest = await UplinkSession.look(this.#sessionOptions(), this.#hint);
    if (newest !== undefined && newest.offset > by.offset) this.#fencedBy = newest;
    else this.resume();
  }

  #sessionOptions(): SessionOptions {
    const { gatewayId, progressTopic, createTopics, clock, address } = this.#options;
    return {
      gatewayId,
      progressTopic,
      createTopics,
      address: address(),
      transactionTimeoutMs: this.#forwarder.transactionTimeoutMs,
      wallMs: () => clock.wallMs(),
      signal: this.#abort.signal,
      onLinkLost: () => this.#forwarder.linkLost(),
    };
  }

  #failed(thrown: unknown): void {
    const error = asFailure("uplink", thrown);
    const { clock, logger } = this.#options;
    this.stats.failures++;
    const missing = error.context["missingTopics"];
    if (Array.isArray(missing)) this.#reportMissing(missing as string[]);
    const isNews = this.#board.status.lastError !== error.message;
    this.#board.update({ connected: false, lastError: error.message });
    const fields = { error: error.message, hint: error.hint, ...error.context };
    if (error.blame === "bug") logger.error("uplink failed", { ...fields, stack: error.stack });
    else if (isNews) logger.warn("uplink interrupted; rows stay in the outbox", fields);
    this.#failingSinceMs ??= clock.monotonicMs();
    if (clock.monotonicMs() - this.#failingSinceMs >= UPLINK_ALARM_AFTER_MS) {
      this.#board.alarm("uplink_unreachable", error.message);
    }
  }

  #recovered(): void {
    this.#failingSinceMs = undefined;
    this.#board.alarm("uplink_unreachable", undefined);
  }

  #reportMissing(topics: readonly string[]): void {
    this.#board.update({ missingTopics: topics });
    this.#board.alarm("uplink_topic_missing", topics.length > 0 ? topics.join(", ") : undefined);
  }
}

/** Resolves when `work` has ended either way, and after `limitMs` at the latest. */
async function settled(work: Promise<void> | undefined, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, limitMs)));
  await Promise.race([work?.catch(() => undefined), limit]);
  clearTimeout(timer);
}
